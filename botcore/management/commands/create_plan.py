from botcore import audit, clock, config
from botcore.management.operator import OperatorCommand
from subscriptions import plans
from subscriptions.amounts import parse_price


class Command(OperatorCommand):
    help = "Create an active plan (rules of C-PLAN)."

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument("--name", required=True, help="1 to 100 characters, unique among active plans")
        parser.add_argument("--days", type=int, required=True, help="1 to 3650")
        parser.add_argument("--price", required=True, help="0 (courtesy) to 999999.99")
        parser.add_argument("--currency", help="one of the configured ISO codes; without it the default one")

    def work(self, *, name, days, price, currency, **options):
        plan = plans.create_plan(
            actor=audit.SHELL,
            name=name,
            days=days,
            price=parse_price(price),
            currency=currency or config.current().default_currency,
            now=clock.now(),
        )
        facts = {name: getattr(plan, name) for name in ("id", "name", "days", "price", "currency")}
        self.tell(f"plan {plan.pk}: {plan.name}, {plan.days} days, {plan.price} {plan.currency}", **facts)
