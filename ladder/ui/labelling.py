"""Ladders trained on the labels of a class's labelling round, beside each other in the tab's list.

Session state `label_wish` holds what a person has asked for until the script does it: the class's id, a member's id,
and the kinds of labels, of labelling.KINDS.
"""

from dataclasses import replace

import streamlit as st

from ladder.data import variants
from ladder.data.datasets import DATASETS, available
from ladder.data.own import Own
from ladder.problems import Problem
from ladder.recipe import defaults
from ladder.settings import Live, Recipe, base_of
from ladder.teaching import labelling
from ladder.teaching.labelling import Round
from ladder.teaching.room import Member
from ladder.ui import lessons, membership, navigation, notices, service, tab, texts

BESIDE = "true", "own", "class"  # in this order the teacher's runs begin; the last one is in view


def offered(dataset: str) -> bool:
    """Returns whether a class can label this dataset: images that are here, with as many of a known class in each class
    as a member labels."""
    info = DATASETS[dataset]
    if info.image_shape is None or not available(dataset):
        return False
    return not isinstance(info, Own) or min(n for n, _ in info.counts) >= labelling.PER_CLASS


def take_student() -> None:
    """Notes the kind of labels that a student wants its ladder trained on."""
    wish, found = st.session_state["class.strip"].train, membership.student()
    if wish and found:
        st.session_state.label_wish = found[0].id, found[1].id, (str(wish.get("kind")),)


def take_teacher() -> None:
    """Notes that the teacher wants to compare all kinds of labels, with those of one member as its own."""
    wish = st.session_state["class.board"].train
    if wish and membership.is_teacher():
        st.session_state.label_wish = st.session_state.class_id, str(wish.get("member")), BESIDE


def follow(page: str) -> None:
    """Does what was asked for and brings the live page into view, which ends this run of the script. `page`: that which
    the tab is on. A Problem becomes a notice on the live page."""
    wish = st.session_state.pop("label_wish", None)
    if wish is None:
        return
    tab.enter()
    notices.attempt_anew("live", lambda: begin(*wish))
    if page != navigation.FIRST:
        st.switch_page(navigation.path(navigation.FIRST))
    st.rerun()


def begin(class_id: str, member: str, kinds: tuple[str, ...]) -> None:
    """Begins a run for each of these kinds of labels of a class's last round. Raises Problem "class_unknown",
    "class_member" where there is no round or no such member, "label_open" while the round is open, "label_few",
    "variant_disk", and those of tab.begin_beside."""
    room = service.classes().room(class_id)
    found = room.members.get(member)
    if found is None or not room.rounds:
        raise Problem("class_member")
    last = room.rounds[-1]
    if last.is_open:
        raise Problem("label_open")
    seeds = room.lead.seeds and not membership.is_teacher()
    offered = [kind for kind in kinds if len(kinds) == 1 or kind in labelling.kinds(last, member)]
    if not offered:
        raise Problem("label_few", n_classes=last.n_classes)
    tab.begin_beside([_run(last, found, kind, seeds) for kind in offered])
    st.session_state.update({lessons.KEY: "", lessons.HELD: False})


def _run(last: Round, member: Member, kind: str, seeds: bool) -> tuple[str, Recipe]:
    """The name and the recipe of a run on labels of a kind: with the choices of the run in view where that has the same
    images, else with the usual ones. `seeds`: whether these are the member's own."""
    labels = labelling.labels(last, member.id, kind)
    before, live = tab.recipe().structure, tab.live()
    if base_of(before.dataset) != last.dataset:
        before, live = replace(defaults.OPENING.structure, dataset=last.dataset), defaults.OPENING.live
        if seeds:
            before = replace(before, weight_seed=member.number, label_seed=member.number)
    structure = replace(before, dataset=variants.keep(labels))
    n = len(labels.rows)
    target = live.n_updates or Live().n_updates
    return texts.say(f"labelling.run.{kind}", n=n), Recipe(structure, replace(live, n_labeled=n, n_updates=target))
