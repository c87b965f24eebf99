"""`railway.toml` holds only keys of the published schema (O-RAIL-1)."""

import tomllib

from lucien.environment import BASE_DIR

# https://railway.com/railway.schema.json
PUBLISHED = {
    "build": {
        *("builder", "watchPatterns", "buildCommand", "dockerfilePath"),
        *("railpackVersion", "nixpacksConfigPath", "nixpacksPlan", "nixpacksVersion"),
    },
    "deploy": {
        *("startCommand", "preDeployCommand", "healthcheckPath", "healthcheckTimeout", "restartPolicyType"),
        *("restartPolicyMaxRetries", "cronSchedule", "numReplicas", "region", "multiRegionConfig"),
        *("overlapSeconds", "drainingSeconds", "sleepApplication", "requiredMountPath", "limitOverride"),
    },
}


def test_railway_reads_every_key():
    with (BASE_DIR / "railway.toml").open("rb") as file:
        config = tomllib.load(file)
    assert config.keys() == PUBLISHED.keys()
    assert {section: keys.keys() - PUBLISHED[section] for section, keys in config.items()} == {
        "build": set(),
        "deploy": set(),
    }
