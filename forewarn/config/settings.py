"""Training, scoring, queue, report and schedule; and the whole of ``forewarn.yaml``."""

import datetime as dt
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, Field, model_validator

from forewarn.config.base import Duration, Metric, Model, Text, ZoneName
from forewarn.config.own_features import OwnFeatures
from forewarn.config.sla import SlaConfig
from forewarn.config.sources import Source
from forewarn.config.watching import EvidenceConfig, InterventionsConfig, PromotionConfig

Share = Annotated[float, Field(gt=0, lt=1)]
ModelPart = Literal["trees", "extra_trees", "code_trees", "logistic", "hazard"]


class IngestConfig(Model):
    """How forgiving reading is."""

    max_quarantined_share: float = Field(
        0.05, ge=0, le=1, description="above this share of refused rows the run stops"
    )


class HealthComponent(Model):
    """One thing that health is made of."""

    weight: float = Field(gt=0, le=1, description="all weights sum to 1")
    worst: float = Field(0, description="counts as 0; above best where less is healthier")
    best: float = Field(100, description="counts as 100")

    @model_validator(mode="after")
    def _has_a_direction(self) -> Self:
        if self.worst == self.best:
            raise ValueError(
                f"worst and best are both {self.best:g}: they say which way is healthy, so they "
                "must differ"
            )
        return self


class HealthConfig(Model):
    """Segments of the health score (0 to 100, 100 is healthy), and what it is composed of."""

    at_risk_below: float = Field(40, ge=0, le=100)
    needs_attention_below: float = Field(70, ge=0, le=100)
    components: dict[str, HealthComponent] = Field(
        {},
        description="by name in small letters; the score as it comes where not given",
    )
    stale_after: Duration = Field(
        dt.timedelta(days=45), description="a score older than this is called stale"
    )

    @model_validator(mode="after")
    def _weights_sum_to_one(self) -> Self:
        total = sum(component.weight for component in self.components.values())
        if self.components and abs(total - 1) > 1e-6:
            told = ", ".join(f"{n} {c.weight:g}" for n, c in self.components.items())
            raise ValueError(f"the weights of components sum to {total:g}, they must to 1: {told}")
        return self


class FeaturesConfig(Model):
    """Which features a model sees, and those that you declare."""

    exclude: tuple[str, ...] = ()
    include: tuple[str, ...] = Field((), description="features that are off unless named here")
    agent_identity: bool = Field(
        default=False, description="features on the identity of single agents"
    )
    own: OwnFeatures = Field((), description="features of your own, over events")
    python: tuple[Text, ...] = Field(
        (), description="importable modules with features of your own, as functions"
    )


class TrainingConfig(Model):
    """Observations, windows and the model's few knobs."""

    landmarks: tuple[Share, ...] = Field(
        (0.25, 0.5, 0.75, 0.9), description="shares of the budget; opening is always observed"
    )
    opened_from: AwareDatetime | None = Field(
        None, description="tickets created earlier are history only"
    )
    opening_delay: Duration | None = Field(
        None,
        description="how long after a ticket is known it is first observed; at once if not given",
    )
    cutoff: AwareDatetime | None = Field(
        None, description="train on what was decided before it; the data's end where not given"
    )
    cutoffs: tuple[AwareDatetime, ...] = Field(
        (), description="of the backtest, oldest first; three are chosen where not given"
    )
    test_window: Duration | None = Field(
        None, description="length of each test window; up to the next cutoff where not given"
    )
    calibration_share: Share = Field(0.15, description="latest part of the training window")
    seeds: tuple[int, ...] = (1, 2, 3)
    minimum_tickets: int = Field(200, ge=1, description="with fewer the rules serve")
    minimum_span: Duration = Field(
        dt.timedelta(days=28), description="with a shorter history the rules serve"
    )
    trees: int = Field(150, ge=1)
    learning_rate: Share = 0.1
    leaves: int = Field(31, ge=2)
    least_in_leaf: int = Field(40, ge=1)
    columns_per_tree: Share = Field(0.4, description="share of the features that a tree may use")
    penalty: float = Field(5.0, ge=0, description="L2 penalty on the leaves")
    parts: tuple[ModelPart, ...] = Field(
        ("trees", "extra_trees", "code_trees", "logistic", "hazard"),
        min_length=1,
        description="ways to foretell; those that do best together before the cutoff are kept",
    )


class SnapshotConfig(Model):
    """Daily snapshots of the open queue, for evaluation."""

    at: dt.time = dt.time(10)
    time_zone: ZoneName = "UTC"
    weekdays_only: bool = True


class EvaluationConfig(Model):
    """What is measured beside the landmarks."""

    bootstrap: int = Field(500, ge=50, description="resamples of tickets per interval")
    daily_capacity: int = Field(20, ge=1, description="tickets the desk can act on in a day")
    snapshots: SnapshotConfig = SnapshotConfig()


class QueueConfig(Model):
    """How the queue is ordered."""

    priorities: tuple[Text, ...] = Field(
        ("1", "2", "3", "4"), description="priorities, most urgent first"
    )
    wait: dict[Metric, Duration] = Field(
        {"first_response": dt.timedelta(hours=1), "resolution": dt.timedelta(hours=2)},
        description="mean further wait before somebody acts",
    )
    first_response_weight: float = Field(2.0, gt=0)
    oldest_every: int = Field(20, ge=2, description="one pick in this many goes to the oldest")
    working_hours: Text | None = Field(
        None, description="calendar of agents whose shift names none; unknown if not given"
    )
    incident_by: Text | None = Field(
        None,
        description="attribute of tickets that names their incident or parent ticket; tickets of "
        "one incident are one item",
    )
    hysteresis: float = Field(
        0.1, ge=0, description="a ticket overtakes where it is worth more by this share"
    )
    rank_moves: int | None = Field(
        50, ge=1, description="places up or down per run where nothing happened; null: any"
    )
    hold_for: Duration = Field(
        dt.timedelta(hours=1), description="an order older than this holds no ticket in its place"
    )
    reasons_for: int = Field(100, ge=0, description="tickets at the top that get reasons")
    customer_flags: int = Field(10, ge=0, description="customers flagged per week, at most")
    flag_rest: Duration = Field(
        dt.timedelta(days=14), description="no new flag so long after an acknowledgement"
    )


class ScoringConfig(Model):
    """When scoring thinks it is, and how old its data may be."""

    as_of: Literal["now", "data"] = Field(
        "now", description="'data' scores at the end of the data: demos and exports"
    )
    stale_after: Duration = dt.timedelta(hours=24)
    lease: Duration = dt.timedelta(minutes=10)


class ReportConfig(Model):
    """The manager's report."""

    title: str = "Service-level report"
    time_zone: ZoneName = "UTC"


class ScheduleConfig(Model):
    """Cron expressions of ``forewarn flows serve``, in one zone."""

    time_zone: ZoneName = "UTC"
    train: str = "0 6 * * 1"
    score: str = "*/5 * * * *"
    report: str = "0 7 * * 1"
    retrain: str = Field("0 5 * * *", description="trains where there is evidence of change")


class StorageConfig(Model):
    """Databases; where not given, SQLite files in ``.forewarn``."""

    database_url: str | None = Field(None, description="${NAME} is taken from the environment")
    mlflow_url: str | None = None
    keep_runs: int = Field(10, ge=1, description="published queues that are kept in full")


class Config(Model):
    """The whole of ``forewarn.yaml``."""

    sources: tuple[Source, ...] = Field(min_length=1)
    sla: SlaConfig
    ingest: IngestConfig = IngestConfig()
    health: HealthConfig = HealthConfig()
    features: FeaturesConfig = FeaturesConfig()
    training: TrainingConfig = TrainingConfig()
    evaluation: EvaluationConfig = EvaluationConfig()
    scoring: ScoringConfig = ScoringConfig()
    promotion: PromotionConfig = PromotionConfig()
    evidence: EvidenceConfig = EvidenceConfig()
    interventions: InterventionsConfig = InterventionsConfig()
    queue: QueueConfig = QueueConfig()
    report: ReportConfig = ReportConfig()
    schedule: ScheduleConfig = ScheduleConfig()
    storage: StorageConfig = StorageConfig()

    @model_validator(mode="after")
    def _source_names_differ(self) -> Self:
        names = [source.name for source in self.sources]
        repeated = sorted({name for name in names if names.count(name) > 1})
        if repeated:
            raise ValueError(f"two sources have the name {repeated[0]!r}; names must differ")
        return self
