"""``forewarn.yaml`` as validated, immutable values."""

from forewarn.config.base import IMPORTABLE, METRICS, REPLIES, Metric, StatusCategory
from forewarn.config.calendars import CalendarConfig
from forewarn.config.clock_settings import clock_settings
from forewarn.config.credits import CreditConfig
from forewarn.config.escalations import EscalationConfig
from forewarn.config.excuses import ExcuseConfig
from forewarn.config.load import load_config, parse_config
from forewarn.config.policies import CalendarChoice, Comparison, PenaltyConfig, PolicyConfig
from forewarn.config.service_levels import ServiceLevelConfig
from forewarn.config.settings import Config
from forewarn.config.sla import SlaConfig
from forewarn.config.sources import Source
from forewarn.config.tightening import TighteningConfig, TighteningRule

__all__ = [
    "IMPORTABLE",
    "METRICS",
    "REPLIES",
    "CalendarChoice",
    "CalendarConfig",
    "Comparison",
    "Config",
    "CreditConfig",
    "EscalationConfig",
    "ExcuseConfig",
    "Metric",
    "PenaltyConfig",
    "PolicyConfig",
    "ServiceLevelConfig",
    "SlaConfig",
    "Source",
    "StatusCategory",
    "TighteningConfig",
    "TighteningRule",
    "clock_settings",
    "load_config",
    "parse_config",
]
