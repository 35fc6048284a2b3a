"""What a store has of some runs, and what is still to be trained."""

import shutil

from agents.distillation.spec import DistillationSpec
from agents.offline.spec import OfflineSpec
from agents.replay import archive
from agents.run_folder import CHECKPOINT
from experiments.running.progress import AGAIN, StatusFile
from experiments.running.runner import run_one
from experiments.running.survey import survey
from experiments.storing import transitions
from experiments.storing.schema import METRICS, Store
from tests.experiments.fake_training import SPEC, fake_train, with_seed

LEARNER = OfflineSpec(data=SPEC)
STUDENT = DistillationSpec(teacher=SPEC, student=with_seed(7), start="pretrained")


def files_of(root):
    return sorted(path for path in root.rglob("*"))


def test_an_empty_store_lacks_everything_in_the_order_of_need(tmp_path):
    found = survey([LEARNER, with_seed(7), LEARNER], Store(tmp_path, "smoke"))
    assert found.wanted == found.unfinished == found.to_train == (SPEC, LEARNER, with_seed(7))
    assert found.transitions_needed == {SPEC.run_id}
    assert not found.again and not found.problems
    assert not files_of(tmp_path)


def test_a_finished_run_is_trained_again_only_for_who_learns_from_it(tmp_path):
    store = Store(tmp_path, "smoke")
    run_one(SPEC, store.run_folder(SPEC), fake_train)
    before = files_of(tmp_path)
    assert survey([SPEC], store).to_train == ()
    found = survey([SPEC, LEARNER], store)
    assert found.unfinished == (LEARNER,)
    assert found.again == (SPEC,)
    assert found.to_train == (SPEC, LEARNER)
    assert files_of(tmp_path) == before


def test_a_run_that_was_to_be_trained_again_for_others_is_finished_for_all_else(tmp_path):
    store = Store(tmp_path, "smoke")
    folder = store.run_folder(SPEC)
    run_one(SPEC, folder, fake_train)
    (folder / AGAIN).mkdir()
    StatusFile(folder / AGAIN).begin()
    assert survey([SPEC], store).to_train == ()
    assert survey([LEARNER], store).again == (SPEC,)


def test_a_finished_run_whose_network_is_gone_is_trained_again_for_who_starts_from_it(tmp_path):
    """As where tables were merged without what lay beside them."""
    store = Store(tmp_path, "smoke")
    folder = store.run_folder(SPEC)
    transitions.keep(folder)
    run_one(SPEC, folder, fake_train)
    assert survey([STUDENT, LEARNER], store).to_train == (with_seed(7), STUDENT, LEARNER)
    shutil.rmtree(folder / CHECKPOINT)
    assert survey([SPEC, LEARNER], store).to_train == (LEARNER,)
    found = survey([STUDENT], store)
    assert found.again == (SPEC,)
    assert set(found.to_train) == {SPEC, with_seed(7), STUDENT}


def test_what_cannot_be_read_is_a_problem_of_its_run_alone(tmp_path):
    store = Store(tmp_path, "smoke")
    for spec in (SPEC, with_seed(7)):
        run_one(spec, store.run_folder(spec), fake_train)
    manifest = store.run_folder(SPEC) / transitions.TRANSITIONS / archive.MANIFEST
    transitions.keep(store.run_folder(SPEC))
    manifest.write_text("[")
    (store.run_folder(with_seed(7)) / METRICS).write_bytes(b"strange")
    found = survey([LEARNER, with_seed(7), with_seed(8)], store)
    assert found.problems.keys() == {SPEC.run_id, with_seed(7).run_id}
    assert found.to_train == (LEARNER, with_seed(7), with_seed(8))
