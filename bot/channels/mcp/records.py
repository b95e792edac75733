"""What the tools answer, as models: their fields are the output schemas that assistants read.

A field is empty where the policy states nothing. Dates are texts in the form YYYY-MM-DD; the date
of a later rule may lack day or month.
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

WARNING = (
    "How old and how certain the policy is, and whether it can still be applied for. Repeat it."
)
QUOTE = "Words of the policy, byte for byte. Quote these."


class Record(BaseModel):
    """A part of an answer: immutable, without unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class PaperRecord(Record):
    """A policy document."""

    id: str
    title: str
    issuer: str
    issued: str
    doc_no: str = Field(description="Document number; empty if unknown.")
    status: str = Field(
        description="in_force, expired, superseded, or unverified: nobody checked."
    )
    state: str = Field(description="The status in words.")
    last_verified: str
    source: str = Field(description="Web address of the published text.")


class LaterRule(Record):
    """A statement of a later rule, which the policy itself does not have."""

    title: str
    issuer: str
    dated: str
    says: str
    grade: str = Field(description="A: a government website; B: a named news source.")
    source: str
    address: str
    valid_until: str
    ended: bool = Field(description="Its last day is past.")


class BureauRecord(Record):
    """A bureau as printed in the clause. What is not proven is empty."""

    printed: str
    lead: bool
    present_name: str
    grade: str = Field(description="Proof of the name. A: government website; B: news; else weak.")
    telephone: str
    address: str
    verified: str = Field(description="When name and office were last verified.")


class SupportName(Record):
    """A support by name; `get_support` returns the whole."""

    id: str
    title: str
    clause: str
    closed: bool = Field(description="It cannot be applied for any more.")


class SupportRecord(Record):
    """One support, with what the policy says and what it leaves open."""

    id: str
    title: str
    summary: str
    quote: str = Field(description=QUOTE)
    policy: PaperRecord
    clause: str = Field(description="Id of the clause, for get_clause.")
    place: str = Field(description="Where the clause stands in the paper.")
    closed: bool = Field(description="It cannot be applied for any more.")
    warning: str = Field(description=WARNING)
    amount: str
    conditions: list[str] = Field(description="Whom it is for: of the paper, then by our reading.")
    steps: list[str]
    materials: list[str]
    unstated: list[str] = Field(description="What the policy does not state. Do not fill it in.")
    ask: str = Field(description="Whom to ask what is not stated.")
    lead_bureau: str = Field(description="As printed in the clause; empty if it names none.")
    contact: str = Field(description="The lead bureau of clause or paper, or the public hotline.")
    bureaus: list[BureauRecord]
    later_rules: list[LaterRule]


class SearchAnswer(Record):
    """The answer to a question."""

    outcome: str = Field(
        description="answer; clarify: ask which of the supports is meant; unknown: not covered."
    )
    reply: str = Field(description="The answer in Chinese, as the chat gives it.")
    supports: list[SupportRecord] = Field(
        description="What the reply answers from; for clarify all that were found, best first."
    )
    others: list[SupportName] = Field(description="Further supports that were found.")


class ClauseRecord(Record):
    """A clause word for word."""

    policy: PaperRecord
    id: str
    place: str
    title: str
    text: str = Field(description=QUOTE)
    warning: str = Field(description=WARNING)
    lead_bureau: str
    bureaus: list[BureauRecord]
    open_list: bool = Field(description="The printed list of bureaus ends in 等.")
    supports: list[SupportName]
    later_rules: list[LaterRule]


class ChoiceRecord(Record):
    """A possible answer to a question of the interview."""

    id: str
    label: str


class MissingAnswer(Record):
    """A question whose answer is missing, with its choices."""

    slot: str
    name: str
    question: str
    choices: list[ChoiceRecord]


class ReasonRecord(Record):
    """A condition, checked against the answers."""

    slot: str
    state: str = Field(
        description="met; failed; open: an answer is missing; unclear: the paper leaves it open."
    )
    basis: str = Field(description="paper: its own words; reading: our reading of it.")
    quote: str = Field(description="The words of the paper that name the people; may be empty.")
    missing: str = Field(description="The slot whose answer settles an open condition.")


class Eligibility(Record):
    """Whether one support suits the person."""

    support: SupportRecord
    verdict: str = Field(
        description="applies; maybe; not_applicable: the paper says no; closed: not available."
    )
    says: str = Field(description="The verdict in words, with the reason.")
    reasons: list[ReasonRecord]
    missing: list[str] = Field(description="Slots whose answers are missing for this verdict.")


class NotApplicable(Record):
    """A support that the words of the paper rule out for this person."""

    id: str
    title: str
    clause: str
    says: str


class EligibilityAnswer(Record):
    """The supports for a person, the most suitable first."""

    person: str = Field(description="The answers that were given, in words.")
    total: int = Field(description="How many supports apply, may apply, or are closed.")
    supports: list[Eligibility] = Field(description="`limit` of these, from `offset`.")
    not_applicable: list[NotApplicable]
    next_question: MissingAnswer | None = Field(
        description="What to ask the person next; null if no answer would change anything."
    )
