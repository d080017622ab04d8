"""Every key of the configuration, declared once: type, default, bounds, unit, help, effect.

The dialogs, the palette, `config schema`, the README table and the validation all read these
declarations; nothing about a parameter is written down anywhere else.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from sim.commands import Behaviour
from sim.plugins.catalogue import AGENTS, DETECTORS, FORMATS, RULES
from sim.plugins.choice import Choice

Applies = Literal["next step", "next refit", "restart"]
"""When a change of a parameter takes effect."""

ExecutorName = Literal["auto", "sequential", "threads", "ray"]
Detector = Annotated[str, Choice(DETECTORS)]
AgentClass = Annotated[str, Choice(AGENTS)]
Rule = Annotated[str, Choice(RULES)]
TrafficFormat = Annotated[str, Choice(FORMATS)]


def _key(
    default: Any,
    help_text: str,
    *,
    applies: Applies = "next step",
    unit: str = "",
    ge: float | None = None,
    le: float | None = None,
    gt: float | None = None,
    before: Any = None,
) -> Any:
    """A pydantic field that carries unit and effect beside default, bounds and help.

    `before` is what held before there was the key, or before its default was another one: a run
    directory that does not mention the key was recorded with it.
    """
    return Field(
        default=default,
        description=help_text,
        ge=ge,
        le=le,
        gt=gt,
        json_schema_extra={"unit": unit, "applies": applies}
        | ({} if before is None else {"before": before}),
    )


def _keys_as_text(value: object) -> object:
    """A mapping of actions to keys as one line of text; anything else as it is."""
    if not isinstance(value, dict):
        return value
    lines = [
        f"{name}={' '.join(map(str, keys)) if isinstance(keys, list) else keys}"
        for name, keys in value.items()
    ]
    return ", ".join(lines)


class Section(BaseModel):
    """A group of keys; unknown keys are errors, values are validated on assignment."""

    model_config = ConfigDict(extra="forbid", validate_assignment=True, allow_inf_nan=False)


class SimulationSection(Section):
    """The population, its pace and where it is computed."""

    agents: int = _key(20, "Number of agents.", applies="restart", ge=1, le=100_000)
    seed: int = _key(1, "Seed of every random draw.", applies="restart", ge=0, le=2**63 - 1)
    steps_per_second: float = _key(
        0.0, "Pace of the run; 0 is full speed.", unit="steps/s", ge=0, le=1000
    )
    executor: ExecutorName = _key(
        "auto", "Where shards are computed; never changes a result.", applies="restart"
    )
    activation: Literal["shards", "agents"] = _key(
        "shards",
        "Whether a phase is computed by whole shards or by each agent's own method; never changes"
        " a result.",
        applies="restart",
    )
    agent_class: AgentClass = _key(
        "standard",
        "What the agents are; of another class than standard, agents are activated one by one.",
        applies="restart",
    )
    workers: int = _key(
        0, "Parallel workers; 0 is one per processor.", applies="restart", ge=0, le=256
    )
    threads_from: int = _key(
        48,
        "Agents from which the executor `auto` takes threads; fewer cost more than they bring.",
        applies="restart",
        ge=1,
        le=1_000_000,
    )
    ray_from: int = _key(
        4096,
        "Agents from which the executor `auto` takes Ray where it is installed.",
        applies="restart",
        ge=1,
        le=1_000_000,
    )
    ray_workers_from: int = _key(
        8,
        "Workers from which the executor `auto` takes Ray: with fewer, threads are as fast.",
        applies="restart",
        ge=2,
        le=256,
    )
    ray_address: str = _key(
        "", "Address of a Ray cluster; empty is a Ray on this machine.", applies="restart"
    )
    checkpoint_interval: int = _key(
        100,
        "Steps between two checkpoints, which are at most 30 s apart; 0 writes one only when the"
        " run is closed.",
        unit="steps",
        ge=0,
        le=1_000_000,
    )
    host: Literal["process", "thread"] = _key(
        "process",
        "Where the engine lives: in a process of its own, which others can attach to and which"
        " outlives the screen, or in a thread of the app.",
        applies="restart",
    )
    linger: float = _key(
        24.0,
        "How long a run goes on that nobody watches, before it ends with a checkpoint.",
        unit="h",
        ge=0,
        le=10_000,
        applies="restart",
    )
    faults: str = _key(
        "",
        "Faults to inject, as KIND@STEP or KIND@STEPxDURATION, separated by commas; they are put"
        " into the timeline.",
        applies="restart",
    )


class TrafficSection(Section):
    """What the agents observe."""

    path: str = _key("", "Traffic file; empty is synthetic traffic.", applies="restart")
    format: TrafficFormat = _key("auto", "Format of the traffic file.", applies="restart")
    label_column: str = _key(
        "auto",
        "Column with the labels, `auto`, `none`, or `file` where the names of the files tell; never"
        " shown to agents.",
        applies="restart",
    )
    reading: Literal["content", "names"] = _key(
        "content",
        "How columns with the truth are found: also by what is in them, or by their names only (as"
        " in version 0.1; some may then be features).",
        applies="restart",
        before="names",
    )
    labels: str = _key(
        "", "File with one label a row, where labels are in a second file.", applies="restart"
    )
    benign: str = _key(
        "",
        "Labels that mean benign traffic, separated by commas; empty is the usual words.",
        applies="restart",
    )
    exclude: str = _key(
        "",
        "Columns that are no features, names or patterns, separated by commas.",
        applies="restart",
    )
    member: str = _key(
        "",
        "Files of a folder or an archive that are read, a name or pattern; empty is all.",
        applies="restart",
    )
    header: str = _key(
        "auto",
        "Names of the columns: `auto`, `first` (line), `none`, the names, or a file of names.",
        applies="restart",
    )
    delimiter: str = _key(
        "auto",
        "What stands between fields: `auto`, comma, semicolon, tab, pipe, space or a character.",
        applies="restart",
    )
    decimal: Literal["auto", "point", "comma"] = _key(
        "auto", "What stands before the fraction of a number.", applies="restart"
    )
    encoding: str = _key(
        "auto",
        "Encoding of a text file; `auto` is UTF-8, or else Windows-1252.",
        applies="restart",
    )
    deal: Literal["even", "column", "host", "dirichlet", "waves"] = _key(
        "even",
        "How the rows of a file are dealt to agents; in `waves` its attacks reach one agent after"
        " the other.",
        applies="restart",
    )
    deal_column: str = _key(
        "",
        "Column that `deal: column` goes by, and whose values `deal: dirichlet` and `waves` share"
        " out; empty there is the attack class, and the service.",
        applies="restart",
    )
    wave_quiet: int = _key(
        14,
        "Steps before the first attack of `deal: waves`.",
        applies="restart",
        unit="steps",
        ge=0,
        le=100_000,
    )
    wave_stay: int = _key(
        8,
        "Steps for which an attack stays at an agent in `deal: waves`.",
        applies="restart",
        unit="steps",
        ge=1,
        le=100_000,
    )
    wave_gap: int = _key(
        10,
        "Steps from the beginning of one attack to that of the next in `deal: waves`.",
        applies="restart",
        unit="steps",
        ge=0,
        le=100_000,
    )
    wave_spread: int = _key(
        20,
        "Steps in which an attack gets to all agents in `deal: waves`.",
        applies="restart",
        unit="steps",
        ge=0,
        le=100_000,
    )
    wave_share: float = _key(
        0.3,
        "Share of an agent's flows that are of the attack while it stays, in `deal: waves`.",
        gt=0,
        le=1,
    )
    wave_kinds: int = _key(
        5, "Kinds of attacks in `deal: waves`, at most.", applies="restart", ge=1, le=1000
    )
    difficulty: Literal["clear", "fair"] = _key(
        "clear",
        "How hard synthetic traffic is: `clear` is a story to watch, `fair` as hard as recorded"
        " flows, with benign bursts, drift, and attacks that hide.",
        applies="restart",
    )
    order: Literal["auto", "file", "shuffled"] = _key(
        "auto",
        "Order of a file's rows; `auto` shuffles formats that record no time, in which the order"
        " says nothing.",
        applies="restart",
    )
    loop: bool = _key(False, "Start a file again when it ends.", applies="next step")
    max_rows: int = _key(
        0, "Read at most this many rows; 0 is all.", applies="restart", ge=0, le=10**12
    )
    batch_size: int = _key(
        32, "Flows that one agent observes in one step.", unit="flows", ge=1, le=4096
    )
    skew: float = _key(
        0.3,
        "How much the agents' normal traffic differs (synthetic, `dirichlet`, `waves`): 0 is alike,"
        " 1 is strongly different.",
        applies="restart",
        ge=0,
        le=1,
    )


class DetectionSection(Section):
    """The model that each agent judges its traffic with."""

    detector: Detector = _key(
        "isolation_forest",
        "What judges flows; sklearn:NAME is any outlier detector of scikit-learn.",
        applies="restart",
    )
    trees: int = _key(100, "Trees of an isolation forest.", applies="restart", ge=1, le=1000)
    window: int = _key(
        256, "Flows a model is trained on, at most.", applies="restart", unit="flows", ge=8, le=4096
    )
    min_window: int = _key(
        64,
        "Flows an agent collects before its first model is fitted.",
        applies="next refit",
        unit="flows",
        ge=4,
        le=4096,
    )
    threshold: float = _key(
        0.55,
        "Score from which a flow is anomalous; 0.5 is the agent's own 95th training percentile.",
        gt=0,
        le=1,
    )
    refit_interval: int = _key(
        40, "Steps between two scheduled refits of one agent.", unit="steps", ge=1, le=100_000
    )
    refit_share: float = _key(0.125, "Share of the agents that may refit in one step.", gt=0, le=1)
    second_opinion: bool = _key(
        True,
        "Judge traffic by trees that sampled peers lend, too; only forests have trees to lend.",
    )
    peers: int = _key(
        11,
        "Peers whose opinion an agent asks for.",
        applies="restart",
        unit="agents",
        ge=3,
        le=32,
    )
    peer_trees: int = _key(
        4, "Trees that each of these peers lends.", applies="restart", ge=1, le=100
    )
    peer_excess: float = _key(
        0.004,
        "Share of an agent's traffic that its peers alone may find anomalous, by its own window"
        " and by count (see peer_bound); 1 is all.",
        ge=0,
        le=1,
        before=1.0,
    )
    peer_bound: Literal["counted", "usual", "owner"] = _key(
        "counted",
        "What bounds what only peers find anomalous: what is usual among all agents and, where they"
        " are counted, the flags that peers take back, so that false positives hardly rise in any"
        " traffic; or only what is usual, which also finds many an attack that an agent has"
        " learned, but costs false positives where agents differ; or the agent's own window alone"
        " (owner).",
        applies="restart",
        before="usual",
    )
    patience: int = _key(
        80,
        "Steps for which flows that agent and peers find anomalous stay out of the training"
        " window, when they go on and on; then they are learned as normal.",
        unit="steps",
        ge=1,
        le=100_000,
    )


class SignatureSection(Section):
    """How anomalous flows become signatures, and what matches one."""

    evidence: Literal["bursts", "batch"] = _key(
        "bursts",
        "What counts as evidence: what an agent remembers of its traffic, anomalous or new in it,"
        " or only the flows of one step (as in version 0.1).",
        applies="restart",
        before="batch",
    )
    history: int = _key(
        512,
        "Flows that an agent remembers as evidence; a step adds at most a thirty-second of them.",
        applies="restart",
        unit="flows",
        ge=64,
        le=65_536,
    )
    min_flows: int = _key(3, "Flows a group needs to be published.", unit="flows", ge=1, le=4096)
    min_score: float = _key(
        0.72,
        "Score from which flows are grouped into signatures, and a signature is confirmed; at least"
        " `detection.threshold`.",
        gt=0,
        le=1,
    )
    similarity: float = _key(
        0.9, "Cosine from which two deviations point the same way.", ge=-1, le=1
    )
    radius: float = _key(
        0.25,
        "Largest relative distance between matching deviations (0 is identical).",
        gt=0,
        le=2,
    )
    publish_score: float = _key(
        0.25,
        "Score up to which an agent does not publish what begins to come to it: who finds it that"
        " normal has little hope that others find it anomalous. 0 is none. Only where agents go by"
        " what they remember (`evidence: bursts`).",
        ge=0,
        le=1,
        before=0.0,
    )
    max_per_step: int = _key(2, "Signatures one agent may publish in one step.", ge=1, le=64)
    memory: int = _key(
        200,
        "Accepted signatures that agents remember; the oldest are forgotten first.",
        unit="signatures",
        ge=1,
        le=10_000,
    )
    lifetime: int = _key(
        300,
        "Steps after which an accepted signature is worth nothing unless enough agents sight it"
        " again; 0 is never.",
        unit="steps",
        ge=0,
        le=1_000_000,
    )
    decay_speed: float = _key(
        0.5, "How early an accepted signature fades; below 1 late, above 1 early.", gt=0, le=10
    )
    cutoff: float = _key(
        0.2, "Worth at which an accepted signature leaves the blocklist.", ge=0, le=1
    )
    sighting_steps: int = _key(
        12,
        "Steps for which an agent's own evidence counts as recent.",
        unit="steps",
        ge=1,
        le=10_000,
    )


class ConsensusSection(Section):
    """How votes become verdicts."""

    rule: Rule = _key("quorum", "Decision rule.")
    quorum: float = _key(
        0.6, "Share of the non-abstaining weight that a verdict needs.", gt=0, le=1
    )
    min_confirmations: int = _key(
        3,
        "Distinct agents that must confirm (or refute) before a verdict.",
        unit="agents",
        ge=1,
        le=100_000,
    )
    min_groups: int = _key(
        2,
        "Groups of agents that must confirm before an acceptance; agents that err together are"
        " one group.",
        unit="groups",
        ge=1,
        le=1000,
    )
    able_share: float = _key(
        0.75,
        "Share of the agents asked that must have a model before an acceptance; it waits for them"
        " for half of expiry_steps.",
        ge=0,
        le=1,
    )
    expiry_steps: int = _key(
        12, "Steps after which a pending signature expires.", unit="steps", ge=1, le=100_000
    )
    committee: int = _key(
        128,
        "Voters drawn for each signature, everyone where there are no more agents; 0 is everyone.",
        unit="agents",
        ge=0,
        le=100_000,
    )
    refute_score: float = _key(
        0.35, "Score up to which a signature lies well inside one's own normal traffic.", ge=0, le=1
    )
    odd_share: float = _key(
        0.5,
        "Share of the agents in good standing that answer and have a model that must find a"
        " signature anomalous themselves, seen or not, before an acceptance; few witnesses cannot"
        " pass off as an attack what most know as normal.",
        ge=0,
        le=1,
        before=0.0,
    )
    settled: Literal["own", "publication"] = _key(
        "own",
        "What refutes a signature at once: several flows from before its like began to come to the"
        " voter itself, or any from before its publication. Only where agents go by what they"
        " remember (`signature.evidence: bursts`).",
        before="publication",
    )
    everywhere_share: float = _key(
        0.5,
        "Share of the agents asked to whom a signature must have begun to come in the same few"
        " steps not to be accepted: that is an update sooner than an attack; 1 is never. Only what"
        " agents remember tells it (`signature.evidence: bursts`).",
        gt=0,
        le=1,
        before=1.0,
    )
    confident_score: float = _key(
        0.97, "Score from which an agent confirms without a sighting of its own.", ge=0, le=1
    )


class TrustSection(Section):
    """Reputation of agents; weighs votes under the `weighted` rule."""

    prior: float = _key(
        2.0,
        "Pseudo-counts of good and of bad behaviour that a newcomer starts with.",
        gt=0,
        le=1000,
    )
    forgetting: float = _key(0.98, "Factor on past evidence in each step.", gt=0, le=1)
    penalty: float = _key(3.0, "Weight of one bad deed in good ones.", ge=1, le=1000)
    growth: float = _key(0.2, "Most good evidence that an agent gains in one step.", gt=0, le=1000)
    evidence_share: float = _key(
        0.35,
        "Share of the agents asked that must agree, by a weight above zero, before a poll is"
        " evidence of how others vote.",
        ge=0,
        le=1,
    )
    newcomer: float = _key(
        0.2,
        "Weight of an agent about which nothing is known, as a share of its trust; `weighted`"
        " rule.",
        gt=0,
        le=1,
    )
    quarantine: float = _key(
        0.25,
        "Trust below which votes weigh nothing and a single refutation keeps a signature from being"
        " accepted; 0 is never.",
        ge=0,
        le=1,
    )


class CacheSection(Section):
    """Cache of judgements; never changes a verdict."""

    capacity: int = _key(
        2_000_000, "Judgements kept; 0 switches the cache off.", unit="entries", ge=0, le=10_000_000
    )
    ttl_steps: int = _key(64, "Steps a judgement is kept.", unit="steps", ge=1, le=1_000_000)


class AdversarySection(Section):
    """Agents that misbehave."""

    fraction: float = _key(0.0, "Share of the agents that misbehave.", ge=0, le=1)
    behaviour: Behaviour = _key("flip_votes", "What they do.")
    betray_after: int = _key(
        50, "Steps for which `betray` is honest before it turns.", unit="steps", ge=0, le=1_000_000
    )


class LedgerSection(Section):
    """The shared record."""

    pool_size: int = _key(4, "Reader connections at most.", applies="restart", ge=1, le=64)
    pool_timeout: float = _key(
        5.0, "Wait for a reader connection.", applies="restart", unit="s", gt=0, le=600
    )
    retry_attempts: int = _key(
        5, "Retries of a busy database before the run pauses.", applies="restart", ge=0, le=100
    )
    query_cache: int = _key(
        256, "Query results kept; 0 is none.", applies="restart", ge=0, le=1_000_000
    )
    batch_steps: int = _key(
        32,
        "Steps that the tuner may have written in one transaction; 1 writes each by itself.",
        unit="steps",
        ge=1,
        le=32,
    )
    batch_seconds: float = _key(
        0.5, "Longest that a step waits to be written with others.", unit="s", ge=0, le=60
    )


class MonitoringSection(Section):
    """What is measured about the run itself."""

    history: int = _key(
        600,
        "Steps of history kept for the screen.",
        applies="restart",
        unit="steps",
        ge=10,
        le=100_000,
    )
    tuner: bool = _key(
        True, "Adapt threads, caches, transactions and calls to what is slow; never a result."
    )
    health: bool = _key(
        True, "Check memory, disk, files, connections and threads, and clean up; never a result."
    )
    memory_limit: int = _key(
        0,
        "Memory of the process above which caches shrink; 0 is 90 % of what it may have.",
        unit="MiB",
        ge=0,
        le=1_000_000_000,
    )
    disk_limit: int = _key(
        100,
        "Room at the run directory below which the run warns; 0 is off.",
        unit="MiB",
        ge=0,
        le=1_000_000_000,
    )
    files_limit: int = _key(
        0,
        "Open files above which readers close; 0 is 90 % of what the process may have.",
        ge=0,
        le=1_000_000_000,
    )
    connections_limit: int = _key(
        0, "Connections to the ledger above which idle ones close; 0 is automatic.", ge=0, le=10_000
    )
    threads_limit: int = _key(
        0, "Threads of the process above which fewer compute; 0 is automatic.", ge=0, le=1_000_000
    )
    step_limit: float = _key(
        60.0, "Time above which a step counts as hanging; 0 is off.", unit="s", ge=0, le=1_000_000
    )
    log_level: Literal["debug", "info", "warning", "error"] = _key(
        "info", "Least level of what is written into `run.log`."
    )
    log_format: Literal["text", "json"] = _key(
        "text", "Lines of `run.log`: text, or a JSON object each.", applies="restart"
    )
    metrics_port: int = _key(
        0, "Port on 127.0.0.1 for Prometheus; 0 is none.", applies="restart", ge=0, le=65_535
    )


class UiSection(Section):
    """The screen; nothing here touches what comes out of the simulation."""

    theme: str = _key(
        "auto", "Theme of the app; auto goes by what the terminal can show.", applies="restart"
    )
    ascii: bool = _key(False, "Draw with ASCII characters only.", applies="restart")
    bell: bool = _key(
        True, "Ring and notify when a run ends or is held by a fault.", applies="restart"
    )
    refresh_hz: float = _key(
        10.0, "Screen updates per second.", applies="restart", unit="Hz", gt=0, le=30
    )
    keys: Annotated[str, BeforeValidator(_keys_as_text)] = _key(
        "",
        "Other keys for actions, by the ids that `:keys` lists: undo=ctrl+z backspace, pause=p;"
        " in a file also a mapping of action to keys.",
        applies="restart",
    )
    on_hangup: Literal["detach", "end"] = _key(
        "detach",
        "What becomes of the run when the terminal is closed, the connection drops or the app is"
        " killed: it goes on and can be attached to, or it ends with a checkpoint.",
        applies="restart",
    )
    max_bytes_per_second: int = _key(
        0,
        "Most bytes per second that the screen sends; 0 is what the line takes.",
        applies="restart",
        unit="B/s",
        ge=0,
        le=1_000_000_000,
    )


class Config(Section):
    """The whole configuration of a run."""

    simulation: SimulationSection = Field(default_factory=SimulationSection)
    traffic: TrafficSection = Field(default_factory=TrafficSection)
    detection: DetectionSection = Field(default_factory=DetectionSection)
    signature: SignatureSection = Field(default_factory=SignatureSection)
    consensus: ConsensusSection = Field(default_factory=ConsensusSection)
    trust: TrustSection = Field(default_factory=TrustSection)
    cache: CacheSection = Field(default_factory=CacheSection)
    adversary: AdversarySection = Field(default_factory=AdversarySection)
    ledger: LedgerSection = Field(default_factory=LedgerSection)
    monitoring: MonitoringSection = Field(default_factory=MonitoringSection)
    ui: UiSection = Field(default_factory=UiSection)

    @property
    def least_evidence(self) -> float:
        """Score from which a flow is evidence of an attack, for a signature or for a vote."""
        return max(self.detection.threshold, self.signature.min_score)

    @property
    def peer_bound(self) -> str:
        """Who bounds what only peers find anomalous; empty as before there was a choice."""
        return "" if self.signature.evidence == "batch" else self.detection.peer_bound
