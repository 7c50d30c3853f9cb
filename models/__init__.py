"""Breach and work models: splits, baselines, calibration, evaluation, registry."""
