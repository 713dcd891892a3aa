"""The plan of the demo weights: which simulated patients, how many networks, how long."""

from dataclasses import dataclass, field

from dss_core.training.training_config import Augmentation, Schedule, TrainingConfig

TRAINING_SEED = 1_000_000
HELD_OUT_SEED = 9_000_000


@dataclass(frozen=True)
class Plan:
    """How much is simulated and how long is trained."""

    n_training: int = 3000
    n_held_out: int = 2000
    members: int = 5
    processes: int = 2
    training_config: TrainingConfig = field(
        default_factory=lambda: TrainingConfig(
            learning_rate=1e-3,
            slices_per_patient=1,
            validation_slices=4,
            max_epochs=20,
            schedule=Schedule.ONE_CYCLE,
            validation_share=0.1,
            hint_weight=5.0,
            augmentation=Augmentation(0.0, 0.0, 0.0, 0.0, flips=True),
        )
    )

    @property
    def training_seeds(self) -> range:
        """One seed per training patient."""
        return range(TRAINING_SEED, TRAINING_SEED + self.n_training)

    @property
    def held_out_seeds(self) -> range:
        """One seed per held-out patient."""
        return range(HELD_OUT_SEED, HELD_OUT_SEED + self.n_held_out)
