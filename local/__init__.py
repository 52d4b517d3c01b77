"""The whole product on one machine: engines, locations and sample customers."""
