using System.Net;
using NetWhy.Collect.Firewall;
using NetWhy.Evidence;
using NetWhy.Linux;
using NetWhy.Names;
using NetWhy.Wire.Dns;

namespace NetWhy.Collect;

/// <summary>All that a probe may know and touch besides the kernel.</summary>
/// <param name="Target">What is asked about.</param>
/// <param name="Options">What the user asked for.</param>
/// <param name="Evidence">The evidence so far; it grows while probes run.</param>
/// <param name="Clock">Wall clock and timers.</param>
/// <param name="ProbeId">Id of the probe that this context was made for.</param>
public sealed record ProbeContext(
    Target Target,
    InvestigationOptions Options,
    EvidenceLog Evidence,
    TimeProvider Clock,
    string ProbeId)
{
    /// <summary>The firewall, read once for all probes.</summary>
    internal SharedFirewall Firewall { get; init; } = new();

    /// <summary>How this machine resolves names, with the servers that the user gave in place of the configured ones.</summary>
    internal ResolverFiles ReadResolverFiles()
    {
        var files = ResolverFiles.Read(Options.Environment);
        return Options.NameServers.Count > 0 ? files.With(Options.NameServers) : files;
    }

    /// <summary>Adds an observation to the evidence.</summary>
    /// <param name="observation">What was seen.</param>
    /// <returns>The observation with its id, probe, vantage and time filled in.</returns>
    /// <typeparam name="T">Its kind.</typeparam>
    public T Report<T>(T observation)
        where T : Observation => Evidence.Add(observation, ProbeId);

    /// <summary>Says that this probe could not look.</summary>
    /// <param name="what">What could not be seen.</param>
    /// <param name="reason">Why.</param>
    public void ReportNotObserved(string what, string reason) => Report(new NotObserved(what, reason));
}

/// <summary>What the user asked for besides the target.</summary>
public sealed record InvestigationOptions
{
    /// <summary>Extra CA bundle (<c>--cacert</c>); null for the system's.</summary>
    public string? CertificateAuthorityFile { get; init; }

    /// <summary>Whether to fetch what certificates name (<c>--fetch</c>), which tells their issuers whom one looks at.</summary>
    public bool Fetches { get; init; }

    /// <summary>Addresses that the name must have (<c>--expect</c>).</summary>
    public IReadOnlyList<IPAddress> Expected { get; init; } = [];

    /// <summary>Addresses to use instead of resolving the name (<c>--resolve</c>).</summary>
    public IReadOnlyList<IPAddress> Resolved { get; init; } = [];

    /// <summary>Name servers to ask in place of the configured ones (<c>--server</c>); empty for those.</summary>
    public IReadOnlyList<IPAddress> NameServers { get; init; } = [];

    /// <summary>How the target is asked over HTTP: <c>GET</c> or <c>HEAD</c>.</summary>
    public string Method { get; init; } = "GET";

    /// <summary>Fields of the request to the target, in place of the usual ones of their names; one without a value takes that away.</summary>
    public IReadOnlyList<(string Name, string Value)> Fields { get; init; } = [];

    /// <summary>Whether <see cref="Fields"/> go to whoever answers, as where the user trusts any certificate.</summary>
    public bool GivesFieldsToAnyone { get; init; }

    /// <summary>The symptom to look for by repeated requests (<c>--symptom</c>); null for none.</summary>
    public SymptomOptions? Symptom { get; init; }

    /// <summary>The record type to look up instead of addresses (<c>--type</c>); null for addresses.</summary>
    public DnsRecordType? RecordType { get; init; }

    /// <summary>Environment variables; tests hand in their own.</summary>
    public Func<string, string?> Environment { get; init; } = System.Environment.GetEnvironmentVariable;

    /// <summary>Inodes of the sockets that netwhy itself holds, which are no evidence of anything; tests, which are the service and its clients too, hand in none.</summary>
    public Func<IEnumerable<uint>> OwnSockets { get; init; } = () => ProcessTable.SocketsOf(System.Environment.ProcessId);

    /// <summary>The network namespace that netwhy was moved to, see <see cref="InvestigationStarted.Namespace"/>; null for none.</summary>
    public string? Namespace { get; init; }

    /// <summary>Time between the two samples of what this machine counts.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Longest time for the whole investigation.</summary>
    public TimeSpan Limit { get; init; } = TimeSpan.FromSeconds(14);
}
