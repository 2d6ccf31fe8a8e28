namespace NetWhy.Collect;

/// <summary>Asks the network or the kernel one question and reports what it observes.</summary>
/// <remarks>
/// To add one, write a class in <c>Probes/</c>: the catalogue finds it. A probe keeps no state between runs and never
/// judges. A failure to look is an observation too (<see cref="Evidence.NotObserved"/>); exceptions are for bugs.
/// </remarks>
public interface IProbe
{
    /// <summary>What this probe asks, and what asking costs.</summary>
    ProbeInfo Info { get; }

    /// <summary>Whether the question makes sense for the target.</summary>
    /// <param name="target">The target.</param>
    bool Applies(Target target);

    /// <summary>
    /// Asks, and reports each observation through <see cref="ProbeContext.Report"/> as soon as it is made. A probe
    /// that follows up on others waits for what it needs with <see cref="EvidenceLog.FirstAsync"/> and returns at once
    /// if there is nothing to do.
    /// </summary>
    /// <param name="context">The target, the evidence so far and the clock.</param>
    /// <param name="cancellationToken">Ends the investigation.</param>
    Task RunAsync(ProbeContext context, CancellationToken cancellationToken);
}

/// <summary>What a probe asks, and what asking costs.</summary>
/// <param name="Id">Stable dotted name, such as <c>path.hops</c>.</param>
/// <param name="Question">The question, as a person would ask it.</param>
/// <param name="Source">The document that defines the method.</param>
/// <param name="Answers">Which of the five questions it works for.</param>
public sealed record ProbeInfo(string Id, string Question, string Source, Question Answers)
{
    /// <summary>Whether it sends packets (an active measurement) or only reads state. Source: RFC 7799.</summary>
    public bool SendsPackets { get; init; }

    /// <summary>Longest time that one run may take; then it is cancelled and the fact recorded.</summary>
    public TimeSpan Budget { get; init; } = TimeSpan.FromSeconds(14);

    /// <summary>Whether it is wanted where TLS alone is asked about; others then run only if something fails below TLS.</summary>
    public bool IsOfTls { get; init; }

    /// <summary>
    /// Whether it watches what other probes do: it is started before them, and watches when <c>RunAsync</c> first waits.
    /// </summary>
    public bool WatchesOthers { get; init; }

    /// <summary>
    /// Ids of the probes after which this one runs: it is started when all of them are done. Most probes need none and
    /// wait for single observations instead.
    /// </summary>
    public IReadOnlyList<string> After { get; init; } = [];
}

/// <summary>The five questions, in the order in which they are answered.</summary>
public enum Question
{
    /// <summary>Can the host be reached?</summary>
    Host,

    /// <summary>Can the port be reached?</summary>
    Port,

    /// <summary>Does the name resolve?</summary>
    Dns,

    /// <summary>Does the connection work?</summary>
    Connection,

    /// <summary>Does the application answer?</summary>
    Application,
}

/// <summary>Every probe.</summary>
[Catalog(typeof(IProbe))]
public static partial class ProbeCatalog;
