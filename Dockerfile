# docker build -t lucien .                            the image to run
# docker build --build-arg WITH_TESTS=1 -t lucien .   with the tests and what they need
FROM python:3.13-slim AS build
ARG WITH_TESTS=
WORKDIR /app
COPY requirements.txt requirements-dev.txt ./
RUN python -m venv /venv \
    && /venv/bin/pip install --no-cache-dir --disable-pip-version-check -r requirements${WITH_TESTS:+-dev}.txt
COPY . .
# No secret is needed here: settings load without any.
RUN /venv/bin/python manage.py collectstatic --noinput \
    && if [ -z "$WITH_TESTS" ]; then rm -rf tests pytest.ini requirements-dev.txt; fi \
    && mkdir -p data

FROM python:3.13-slim
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 MPLCONFIGDIR=/tmp
RUN useradd --system --no-create-home --home-dir /tmp lucien
COPY --from=build /venv /venv
COPY --from=build /app /app
RUN chown lucien:lucien /app/data
WORKDIR /app
USER lucien
STOPSIGNAL SIGTERM
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen(f'http://127.0.0.1:{os.environ.get(\"PORT\") or 8000}/health/live', timeout=4)"]
CMD ["python", "manage.py", "runbot"]
