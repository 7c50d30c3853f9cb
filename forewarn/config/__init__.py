"""``forewarn.yaml`` as validated, immutable values."""

from forewarn.config.base import IMPORTABLE, METRICS, REPLIES, Metric, StatusCategory
from forewarn.config.load import load_config, parse_config
from forewarn.config.settings import Config
from forewarn.config.sla import (
    CalendarChoice,
    CalendarConfig,
    Comparison,
    PenaltyConfig,
    PolicyConfig,
    SlaConfig,
)
from forewarn.config.sources import Source

__all__ = [
    "IMPORTABLE",
    "METRICS",
    "REPLIES",
    "CalendarChoice",
    "CalendarConfig",
    "Comparison",
    "Config",
    "Metric",
    "PenaltyConfig",
    "PolicyConfig",
    "SlaConfig",
    "Source",
    "StatusCategory",
    "load_config",
    "parse_config",
]
