import signal
import subprocess
import sys

import pytest

from experiments import __main__ as command_line
from experiments.running.preemption import SIGNALS


def run(*arguments, cwd=None):
    return subprocess.run(
        [sys.executable, "-m", "experiments", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_help_is_quick_to_import_and_names_everything():
    done = run("--help")
    assert done.returncode == 0
    for option in ("--preset", "--games", "--seeds", "--device", "--jobs", "--results"):
        assert option in done.stdout
    slow = "import sys, experiments.__main__; sys.exit('jax' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", slow]).returncode == 0


def test_list_names_experiments_claims_and_presets():
    done = run("list")
    assert done.returncode == 0
    for word in ("prevalence", "overlap", "fig5", "smoke", "laptop", "paper"):
        assert word in done.stdout


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["fig10000"], "No experiment makes fig10000 yet; there are fig1, fig2"),
        (["fig5", "--preset", "huge"], "choose one of smoke, laptop, desk, paper"),
        (["overlap", "--preset", "huge"], "choose one of smoke, laptop, desk, paper"),
        (["overlap", "--games", "DemonAtack"], "did you mean DemonAttack"),
        (["overlap", "--jobs", "0"], "from 1 on"),
        (["distillation", "--options", "inputs=mine"], "inputs=teacher|student|both"),
        (["overlap", "--options", "inputs=both"], "it has none"),
        (["all", "--options", "inputs=both"], "name one of them"),
        (["all", "--games", "Venture"], "has the game 'Venture'; they have "),
        (["fig10", "--games", "DemonAttck", "Assault"], "did you mean DemonAttack?"),
        (["redo", "--conditions", "DQN+Redo"], "did you mean 'DQN+ReDo'"),
        (["fig5", "--set", "agent.learning_rat=1"], "did you mean agent.learning_rate"),
        (["fig7", "--set", "agent.replay_ratio=1"], "decides agent.replay_ratio itself"),
        (["fig5", "--set", "agent.min_replay_agent_steps=1"], "at least one whole transition"),
        (["overlap", "--checkpoint-minutes", "-1"], "give minutes, or 0"),
        (["overlap", "--slurm", "time=10"], "is for --on slurm, and this is --on local"),
        (["plan", "overlap", "--slurm", "time=10"], "is for --on slurm, and this is --on local"),
        (["plan", "overlap", "--on", "slurm", "--slurm", "time"], "--slurm time is no key=value"),
        (["overlap", "--on", "ray", "--ray", "cores=2"], "knows no 'cores'"),
        (["overlap", "--on", "ray", "--ray", "cpus"], "is no key=value"),
        (["overlap", "--on", "ray", "--ray-address", "ray://x:1"], "on a machine of the cluster"),
        (["plan", "overlap", "--checkpoint-minutes", "-1"], "give minutes, or 0"),
        (
            ["fig5", "--set", "agent.discount=0.9", "--name", "laptop"],
            "laptop is a preset of this project",
        ),
        (["fig5", "--jbos", "2"], "did you mean --jobs?"),
        (["fig5", "--seeds", "a"], "--seeds takes whole numbers, and not 'a'."),
        (["fig5", "--name", "mine"], "names what --set changes"),
        (["label_shuffling", "--games", "Pong"], "leave out --games"),
        (["overlap", "--device", "tpu"], "JAX finds no TPU"),
        (["overlap", "--results", "/dev/null/results"], "cannot be written"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_wrong_requests_get_one_sentence(tmp_path, arguments, sentence, monkeypatch, capsys):
    """In this process: to start one takes longer than to refuse."""
    if "--results" not in arguments:
        arguments = [*arguments, "--results", tmp_path]
    monkeypatch.setattr(sys, "argv", ["", *map(str, arguments)])
    assert command_line.main() == 2
    said = capsys.readouterr().err
    assert sentence in said
    assert said.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("nohup", [False, True])
def test_a_closed_terminal_ends_a_command_as_ctrl_c_does(tmp_path, monkeypatch, capsys, nohup):
    def hung_up(*_):
        signal.raise_signal(signal.SIGHUP)
        return "listed"

    numbers = (*SIGNALS, signal.SIGHUP)
    before = {number: signal.getsignal(number) for number in numbers}
    monkeypatch.setattr(command_line, "_catalog", hung_up)
    monkeypatch.setattr(sys, "argv", ["", "list"])
    try:
        signal.signal(signal.SIGHUP, signal.SIG_IGN if nohup else signal.SIG_DFL)
        assert command_line.main() == (0 if nohup else command_line.INTERRUPTED)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    said = capsys.readouterr()
    assert ("listed" in said.out) == nohup
    assert ("The same command goes on" in said.err) != nohup


def test_a_wrong_request_ends_a_process_with_the_sentence_and_nothing_else():
    done = run("fig10000")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("No experiment makes fig10000 yet; there are fig1, fig2")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("module", ["experiments", "figures"])
def test_standard_output_that_ends_early(module, tmp_path):
    """As `head` ends it: no traceback, and the status of a program that a pipe has ended."""
    words = "list" if module == "experiments" else f"fig24 --results results --output {tmp_path}"
    shell = f"{sys.executable} -m {module} {words} | true; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", shell], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (141, "")


def test_standard_output_that_is_full_closed_or_knows_no_greek():
    listed = f"{sys.executable} -m experiments list"
    for shell, status, said in (
        (f"{listed} > /dev/full", 1, "Standard output cannot be written (No space left on"),
        (f"{listed} >&-", 0, ""),
        (f"PYTHONIOENCODING=ascii {listed}", 0, ""),
    ):
        done = subprocess.run(["bash", "-c", shell], capture_output=True, text=True)
        assert done.returncode == status
        assert done.stderr.startswith(said)
        assert done.stderr.count("\n") <= 1


def test_a_plan_trains_nothing_and_tells_what_it_would_cost(tmp_path):
    where = ["--preset", "smoke", "--results", tmp_path / "none"]
    planned = run("plan", "fig5", *where)
    assert planned.returncode == 0
    assert planned.stdout.startswith("4 of 4 runs are to be")
    assert run("fig5", "--dry-run", *where).stdout == planned.stdout
    assert list(tmp_path.iterdir()) == []
