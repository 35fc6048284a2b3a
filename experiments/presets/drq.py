"""The published settings of DrQ(epsilon), the agent of the paper's Figures 10d and 17."""

from agents.spec import AtariTask, DQNSpec, NetworkSpec, RunSpec, ScheduleSpec

# DQN for little data (Yarats et al. 2021), with the settings of google/dopamine `labs/atari_100k`,
# and 400,000 agent steps instead of 100,000. The epsilon is that of exploration: 0.01 while it
# learns and 0.001 in evaluations, as in DQN, in place of DrQ's 0.1 and 0.05 (Agarwal et al. 2021).
DRQ = RunSpec(
    task=AtariTask(sticky_action_probability=0.0, terminal_on_life_loss=True, noop_frames=30),
    network=NetworkSpec(kind="dueling"),
    agent=DQNSpec(
        learning_rate=1e-4,
        n_step=10,
        replay_ratio=1.0,
        update_period_agent_steps=1,
        # At an agent step the target network becomes the network itself. Experiments keep the
        # period in agent steps at higher replay ratios.
        target_period_gradient_steps=1,
        min_replay_agent_steps=1_600,
        epsilon_decay_agent_steps=5_000,
        double=True,
        augmentation="drq",
    ),
    schedule=ScheduleSpec(
        iterations=40,
        agent_steps_per_iteration=10_000,
        eval_episodes=100,
        eval_environments=100,
    ),
)
