"""Signed heads in another place: what two logs that agree with each other can't show."""

import asyncio

import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from streams.audit import merkle
from streams.audit.anchors import AnchorError, anchored, check_proof, prove, read_anchor
from streams.audit.heads import Statuses, together
from streams.audit.parallel import run
from streams.codec.signatures import public_text
from tests.support.anchors import KEY, hashes, signed
from tests.support.copies import Copies, taken_at, verified
from tests.support.injector import BROADCAST, Injector, NoFaultError, truncated
from tests.support.scribe import CLUSTER, Scribe, Topics, sources, system

ACCOUNTS = 60


def test_what_is_cut_off_together_shows_by_the_anchor_alone() -> None:
    topics = system(3)
    anchor = hashes(signed(topics))
    assert verified(topics, taken_at(topics), anchored=anchor).equal
    for blocks in _after_the_last_broadcast(topics):
        cut = truncated(topics, 0, blocks)
        assert verified(cut, taken_at(cut), lanes=[0], live_clock=False).equal, "the logs agree with each other"
        report = verified(cut, taken_at(cut), lanes=[0], anchored=anchor, live_clock=False)
        assert report.first is not None
        assert (report.first.kind, report.first.block) == ("truncated", blocks)


def _after_the_last_broadcast(topics: Topics) -> range:
    """Numbers of blocks to leave: what all lanes read can't be cut off for one."""
    made = [orjson.loads(row.value or b"") for row in topics["ledger", 0]]
    last = max(each["block"] for each in made for piece in each["slices"] if piece["topic"] in BROADCAST)
    return range(last + 1, len(made), max((len(made) - last) // 4, 1))


def test_a_ledger_made_anew_without_one_record_shows_by_the_anchor_alone() -> None:
    given = sources(3, 2)
    topics = {**given, **Scribe(0, 2).write(given), **Scribe(1, 2).write(given)}
    name, rows = next((name, rows) for (name, number), rows in given.items() if number == 1 and len(rows) > 3)
    other = {**given, (name, 1): [row for row in rows if row is not rows[1]]}
    rewritten = {**other, **Scribe(0, 2).write(other), **Scribe(1, 2).write(other)}
    assert verified(rewritten, taken_at(rewritten)).equal, "the logs agree with each other"
    early = {at: rows[:8] if at[0] == "ledger" else rows for at, rows in topics.items()}
    report = verified(rewritten, taken_at(rewritten), anchored=hashes(signed(early), signed(topics)))
    assert report.first is not None
    assert (report.first.kind, report.first.lane) in {("rewritten", 1), ("truncated", 1)}


def test_a_block_altered_at_an_anchor_is_told_from_one_made_anew() -> None:
    topics = system(3)
    anchor, found = hashes(signed(topics)), set()
    for seed in range(12):
        try:
            fault = Injector(topics, seed).inject("forge", "ledger")
        except NoFaultError:
            continue
        report = verified(fault.topics, taken_at(topics), lanes=sorted(fault.blocks), anchored=anchor)
        assert report.first is not None
        assert (report.first.kind, report.first.block) == ("forged_block", fault.blocks[report.first.lane])
        found |= set(report.counts)
    assert "rewritten" in found
    last = topics["ledger", 0][-1]
    altered = last._replace(value=(last.value or b"").replace(b'"clock":', b'"clock":1'))
    report = verified(
        {**topics, ("ledger", 0): [*topics["ledger", 0][:-1], altered]}, taken_at(topics), anchored=anchor
    )
    assert report.first is not None
    assert (report.first.kind, report.first.block) in {("rewritten", last.offset), ("forged_block", 0)} or (
        report.first.block == len(topics["ledger", 0]) - 1
    )


def test_an_anchor_holds_by_its_signature() -> None:
    data = signed(system(3))
    assert read_anchor(data, public_text(KEY)).cluster == CLUSTER
    with pytest.raises(AnchorError, match="altered"):
        read_anchor(data.replace(b'"block":', b'"block":1', 1))
    with pytest.raises(AnchorError, match="signed by"):
        read_anchor(data, public_text(Ed25519PrivateKey.generate()))
    with pytest.raises(AnchorError, match="no JSON"):
        read_anchor(b"{")
    with pytest.raises(AnchorError, match="no anchor"):
        read_anchor(b'{"format":1}')
    with pytest.raises(AnchorError, match="is of the cluster"):
        anchored([read_anchor(data)], "another")


def test_one_account_is_proven_and_no_other_shown() -> None:
    topics = system(3)
    data = signed(topics, statuses=True)
    origin = Copies(topics, taken_at(topics))
    position = asyncio.run(origin.position())
    last = {head.lane: head.block for head in read_anchor(data).lanes}
    account = orjson.loads(topics["status", 0][0].value or b"")["data"]["account_id"]
    accounts, values = together(run(Statuses(origin, position, last, account), range(2), 1, lambda _: None))
    proof = prove(data, accounts, account, values, KEY)
    shown = check_proof(data, proof, public_text(KEY))
    assert shown.account == account
    newest = [row.value for row in topics["status", 0] if row.key == account.encode()][-1] or b""
    assert newest.decode() in shown.statuses.values()
    assert not any(other.encode() in proof for other in accounts.digests if other != account)
    for altered in (proof.replace(b"OPEN", b"SHUT"), proof.replace(account.encode(), b"someone")):
        with pytest.raises(AnchorError, match="does not lead"):
            check_proof(data, altered)
    with pytest.raises(AnchorError, match="another anchor"):
        check_proof(signed(topics, statuses=True, previous=data), proof)
    with pytest.raises(AnchorError, match="another key"):
        prove(data, accounts, account, values, Ed25519PrivateKey.generate())


def test_every_leaf_of_a_tree_of_any_size_leads_to_its_root_and_to_no_other() -> None:
    leaves = [merkle.leaf_hash(bytes([number])) for number in range(ACCOUNTS)]
    roots = set()
    for count in range(1, ACCOUNTS + 1):
        tree = leaves[:count]
        top = merkle.root(tree)
        roots.add(top)
        for index, leaf in enumerate(tree):
            beside = merkle.path(tree, index)
            assert merkle.root_by(leaf, index, count, beside) == top
            assert merkle.root_by(merkle.leaf_hash(b"another"), index, count, beside) != top
            assert merkle.root_by(leaf, index, count, [*beside, top]) is None
            if beside:
                assert merkle.root_by(leaf, index, count, beside[:-1]) is None
    assert len(roots) == ACCOUNTS
