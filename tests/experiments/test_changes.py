"""Any number from the command line: what it is set in, what is refused, and with which sentence."""

import itertools

import pytest

from agents.errors import UserError
from experiments.catalog import EXPERIMENTS, find_experiments
from experiments.presets.changes import changed, settings
from experiments.presets.decided import changed_for
from experiments.presets.presets import LAPTOP, PAPER, PRESETS, SMOKE
from experiments.presets.scale_down import scale_down
from experiments.storing.index import write_index
from experiments.storing.presets import find_preset, keep_preset
from experiments.storing.schema import EXPERIMENT_KEY, Store
from experiments.storing.store import read_metadata


def test_a_path_stands_for_every_specification_that_has_it():
    preset = changed(LAPTOP, ["agent.learning_rate=3e-4", "network.width=0.5"])
    for spec in (preset.atari, preset.offline):
        assert (spec.agent.learning_rate, spec.network.width) == (3e-4, 0.5)
    alone = changed(LAPTOP, ["offline.agent.learning_rate=3e-4"])
    assert alone.offline.agent.learning_rate == 3e-4
    assert alone.atari == LAPTOP.atari


def test_runs_that_others_learn_from_are_changed_too():
    preset = changed(LAPTOP, ["agent.learning_rate=3e-4"])
    (run, _) = EXPERIMENTS["offline"].runs(preset, ("Asterix",), (0,))
    assert run.spec.data.agent.learning_rate == 3e-4


def test_a_set_length_holds_for_all_online_runs():
    preset = changed(LAPTOP, ["schedule.iterations=3"])
    for name in ("replay_ratio", "regularization", "redo", "redo_replay_ratio"):
        for run in EXPERIMENTS[name].runs(preset, ("Asterix",), (0,)):
            assert run.spec.schedule.iterations == 3
    both = changed(LAPTOP, ["sweep_iterations=2", "schedule.iterations=3"])
    assert (both.sweep_iterations, both.high_replay_iterations) == (2, None)


def test_interventions_are_changed_wherever_there_is_one():
    preset = changed(LAPTOP, ["intervention.tau=0.05", "intervention.outgoing=random"])
    runs = {r.condition.name: r.spec for r in EXPERIMENTS["redo"].runs(preset, ("Pong",), (0,))}
    recycled = runs["DQN+ReDo"].intervention
    assert (recycled.kind, recycled.tau, recycled.outgoing) == ("redo", 0.05, "random")
    assert runs["DQN"] == LAPTOP.run("Pong", 0)


@pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS)
def test_whatever_is_listed_can_be_set_to_what_it_is(preset):
    listed = settings(preset)
    assert len(listed) > 50
    for path, value, _ in listed:
        if " or " not in value and value != "the experiment's":
            same = changed(preset, [f"{path}={value}"])
            for name in ("atari", "offline", "distillation", "classification", "widths"):
                if path != "schedule.iterations":
                    assert getattr(same, name) == getattr(preset, name), path


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("agent.learning_rat=1", "did you mean agent.learning_rate"),
        ("learning_rates=1", "did you mean learning_rate"),
        ("tau=1", "did you mean intervention.tau"),
        ("agent.target_period_gradient_steps=3.5", "whole number of gradient steps, and not '3.5'"),
        ("agent.target_period_gradient_steps=1,5", "whole number of gradient steps, and not '1,5'"),
        ("agent.target_period_gradient_steps=many", "whole number of gradient steps"),
        ("agent.n_step=0", "agent.n_step is 0 and has to be at least 1"),
        ("agent.update_period_agent_steps=0", "has to be at least 1"),
        ("network.width=-1", "network.width is -1 and has to be above 0"),
        ("epsilon_train=2", "did you mean agent.epsilon_train"),
        ("agent.epsilon_train=2", "has to be at least 0 and at most 1"),
        ("log_period_gradient_steps=0", "log_period_gradient_steps is 0"),
        ("intervention.period_gradient_steps=0", "has to be at least 1"),
        ("control.agent.batch_size=0", "control.agent.batch_size is 0"),
        ("agent.learning_rate=nan", "takes a number, and not 'nan'"),
        ("agent.learning_rate=", "takes a number, and not ''"),
        ("agent.loss=mae", "one of huber, mse"),
        ("intervention.official_conv_to_dense=1", "true or false"),
        ("intervention.end_gradient_step=soon", "whole number or none of gradient steps"),
        ("widths=1,x", "numbers between commas"),
        ("agent", "NAME=VALUE"),
        ("task.game=Pong", "--games"),
        ("atari.seed=1", "--seeds"),
        ("seed_count=1", "--seeds"),
        ("version=2", "which code trains"),
        ("control.task.version=4", "those of version 5 alone"),
        ("intervention.kind=redo", "conditions of an experiment decide it"),
        ("name=x", "no setting 'name'"),
        ("distillation.log_period_gradient_steps=7", "multiple of log_period_gradient_steps"),
    ],
)
def test_wrong_settings_get_one_sentence(text, sentence):
    with pytest.raises(UserError, match=sentence) as caught:
        changed(LAPTOP, [text])
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("experiment", "text", "sentence"),
    [
        (
            "replay_ratio",
            "agent.replay_ratio=2",
            "decides agent.replay_ratio itself .RR=0.25: 0.25",
        ),
        ("regularization", "agent.replay_ratio=2", "decides agent.replay_ratio itself .DQN: 1"),
        ("regularization", "agent.weight_decay=1e-3", r"itself \(DQN\+WD: 1e-05\)"),
        ("width_scaling", "network.width=1", "decides network.width itself"),
        ("label_shuffling", "labels=fixed", "decides labels itself"),
        ("offline", "targets=noise", "decides targets itself"),
        ("all", "agent.replay_ratio=1", "The experiment replay_ratio decides"),
        ("overlap", "epochs=3", "changes no run of overlap"),
        ("width_scaling", "widths=1,2", "compares 3 widths, not 2"),
        ("overlap", "intervention.tau=0.1", "changes no run of overlap; leave it out"),
        ("redo", "drq.agent.learning_rate=0.1", "changes no run of redo; did you mean atari"),
        # What is decided under any prefix is suggested under none.
        ("drq", "agent.replay_ratio=4", r"decides agent.replay_ratio itself .*; set something"),
        (
            "drq",
            "atari.agent.learning_rate=2e-4",
            r"did you mean drq.agent.learning_rate=2e-4\? Or set something else",
        ),
        (
            "narrow_control",
            "agent.learning_rate=2e-4",
            r"did you mean control.agent.learning_rate=2e-4\? Or leave it out",
        ),
    ],
)
def test_what_an_experiment_decides_is_refused(experiment, text, sentence):
    with pytest.raises(UserError, match=sentence):
        changed_for(find_experiments(experiment), LAPTOP, [text])


@pytest.mark.parametrize(
    ("experiment", "text", "sentence"),
    [
        (
            "redo",
            "schedule.eval_agent_steps=5000",
            "because schedule.eval_episodes is 10, not none",
        ),
        ("redo", "intervention.share=0.5", "because neurons are recycled below tau, not a share"),
        ("redo", "intervention.shrink=0.5", "because the intervention is redo; leave it out"),
        ("pruning", "intervention.outgoing=random", "because the intervention is prune"),
        (
            "continuous_control",
            "intervention.target_copy=after",
            "because the target critics follow",
        ),
        ("offline", "offline.agent.epsilon_train=0.5", "because what learns offline neither plays"),
        ("offline", "replay_run=3", "because the data are our own"),
        ("all", "schedule.eval_agent_steps=5000", "because schedule.eval_episodes is 10"),
    ],
)
def test_what_would_change_nothing_but_ids_is_refused(experiment, text, sentence):
    with pytest.raises(
        UserError, match=f"--set {text} decides nothing in the runs of .*{sentence}"
    ):
        changed_for(find_experiments(experiment), LAPTOP, [text])


def test_what_is_set_beside_it_can_give_a_number_a_part_or_take_it():
    steps, episodes = "schedule.eval_agent_steps=5000", "schedule.eval_episodes=none"
    for texts in ([steps, episodes], [episodes, steps]):
        preset = changed_for(find_experiments("redo"), LAPTOP, texts)
        assert preset.atari.schedule.eval_agent_steps == 5000
    with pytest.raises(UserError, match="adam_b1=0.5 decides nothing .* the optimizer is sgd"):
        changed_for(find_experiments("redo"), LAPTOP, ["agent.optimizer=sgd", "agent.adam_b1=0.5"])


def test_numbers_that_fit_together_can_be_set_in_any_order():
    texts = [
        "distillation.log_period_gradient_steps=30",
        "gradient_steps=60",
        "checkpoint_period_gradient_steps=60",
    ]
    for order in itertools.permutations(texts):
        preset = changed_for(find_experiments("distillation"), LAPTOP, order, "mine")
        assert preset.distillation.gradient_steps == 60


def test_what_changes_none_of_the_chosen_runs_is_refused():
    redo, both = find_experiments("redo"), find_experiments("control_dormancy")
    tau, batch = "intervention.tau=0.05", "control.agent.batch_size=64"
    with pytest.raises(UserError, match=r"changes no run of redo \(DQN\); leave it out"):
        changed_for(redo, LAPTOP, [tau], conditions=["DQN"])
    changed_for(redo, LAPTOP, [tau], conditions=["DQN+ReDo"])
    # Not the first of its games, but some of them.
    changed_for(both, LAPTOP, [batch])
    changed_for(both, LAPTOP, [batch], games=["HalfCheetah"])
    with pytest.raises(UserError, match=r"changes no run of control_dormancy \(Asterix\)"):
        changed_for(both, LAPTOP, [batch], games=["Asterix"])


@pytest.mark.parametrize(
    ("experiment", "text"),
    [
        # Its conditions are stated relative to the preset's rate.
        ("learning_rate", "agent.learning_rate=3e-4"),
        ("width_scaling", "widths=1,2,4"),
        ("redo", "intervention.tau=0.05"),
        ("distillation", "learning_rate=1e-4"),
        ("all", "agent.learning_rate=3e-4"),
        ("fig10", "drq.network.width=0.5"),
        ("all", "drq.agent.batch_size=16"),
    ],
)
def test_what_an_experiment_leaves_open_can_be_set(experiment, text):
    assert changed_for(find_experiments(experiment), LAPTOP, [text]).based_on == "laptop"


def test_what_results_is_a_preset_with_a_name():
    preset = changed(LAPTOP, ["agent.learning_rate=3e-4"])
    assert (preset.name, preset.based_on) == ("laptop,agent.learning_rate=3e-4", "laptop")
    (change,) = preset.changes
    assert (change.label, change.value, change.was) == ("learning rate", "0.0003", "0.001")
    rows = {label: (ours, papers) for label, ours, papers in scale_down(preset.atari, PAPER.atari)}
    assert rows["learning rate"] == ("0.0003", "6.25e-05")
    for name in ("../laptop", "a b", "$HOME", "x" * 200):
        with pytest.raises(UserError, match="cannot be the name of a preset"):
            changed(LAPTOP, ["agent.learning_rate=3e-4"], name)


def test_its_name_is_enough_later(tmp_path):
    preset = changed(LAPTOP, ["agent.learning_rate=3e-4", "intervention.tau=0.05"], "mine")
    store = Store(tmp_path, "mine")
    store.folder.mkdir()
    keep_preset(store, preset)
    keep_preset(store, preset)
    again = find_preset("mine", tmp_path)
    assert (again.atari, again.intervention) == (preset.atari, preset.intervention)
    further = changed(again, ["agent.discount=0.9"])
    assert (further.name, further.based_on) == ("mine,agent.discount=0.9", "laptop")
    with pytest.raises(UserError, match="'mine' in .* is laptop with agent.learning_rate=0.0003"):
        keep_preset(store, changed(LAPTOP, ["agent.discount=0.9"], "mine"))
    with pytest.raises(UserError, match="choose one of smoke, laptop, desk, paper, mine"):
        find_preset("yours", tmp_path)
    (store.folder / "preset.json").write_text("[]")
    with pytest.raises(UserError, match="does not describe a preset"):
        find_preset("mine", tmp_path)


@pytest.mark.parametrize(
    "texts",
    [
        ["network.width=0.5", "drq.network.width=0.125"],
        ["drq.network.width=0.125", "network.width=0.5"],
        ["network.width=2", "drq.network.width=0.125", "network.width=0.5"],
    ],
)
def test_of_settings_that_overlap_the_last_one_counts_later_too(tmp_path, texts):
    preset = changed(LAPTOP, texts, "mine")
    store = Store(tmp_path, "mine")
    store.folder.mkdir()
    keep_preset(store, preset)
    assert find_preset("mine", tmp_path) == preset
    keep_preset(store, preset)


def test_settings_that_do_not_overlap_may_come_in_any_order(tmp_path):
    texts = ["agent.learning_rate=3e-4", "agent.discount=0.9"]
    store = Store(tmp_path, "mine")
    store.folder.mkdir()
    for order in (texts, texts[::-1]):
        keep_preset(store, changed(LAPTOP, order, "mine"))


def test_the_names_of_this_projects_presets_are_taken(tmp_path):
    with pytest.raises(UserError, match="give yours another name"):
        keep_preset(Store(tmp_path, "smoke"), changed(LAPTOP, ["agent.discount=0.9"], "smoke"))


def test_an_index_tells_what_was_changed_in_the_words_of_captions(tmp_path):
    preset = changed(SMOKE, ["schedule.iterations=2", "intervention.tau=0.05"], "mine")
    store = Store(tmp_path, "mine")
    store.folder.mkdir()
    experiment = EXPERIMENTS["redo"]
    write_index(store, experiment, preset, experiment.runs(preset, ("Pong",), (0,)))
    about = read_metadata(store.index("redo"), EXPERIMENT_KEY)
    assert (about["preset"], about["based_on"]) == ("mine", "smoke")
    assert about["changes"] == [["iterations", "2", "3"], ["intervention's tau", "0.05", "0.025"]]
    told = {condition["name"]: condition["treatment"] for condition in about["conditions"]}
    assert "τ\u00a0=\u00a00.05" in told["DQN+ReDo"]


@pytest.mark.parametrize("text", ["20,000", "20_000", "2e4", "20000"])
def test_whole_numbers_as_people_write_them(text):
    preset = changed(SMOKE, [f"agent.target_period_gradient_steps={text}"])
    assert preset.atari.agent.target_period_gradient_steps == 20_000
