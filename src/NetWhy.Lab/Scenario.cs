using System.Collections.Immutable;
using NetWhy.Lab.Impairments;

namespace NetWhy.Lab;

/// <summary>One fault (or a healthy look-alike) on a network made of namespaces, and the verdict that is right for it.</summary>
/// <param name="Name">Unique, in kebab case; the file's name without its extension.</param>
/// <param name="Title">One sentence: what is wrong.</param>
/// <param name="Symptom">What a user would complain about; empty if not told.</param>
/// <param name="Hosts">The hosts, each a network namespace, by name.</param>
/// <param name="Links">The cables between them.</param>
/// <param name="Faults">What is done, in order, once everything works.</param>
/// <param name="Client">The host that netwhy runs on.</param>
/// <param name="Arguments">The arguments of netwhy: the target first.</param>
/// <param name="Environment">Variables of netwhy's environment.</param>
/// <param name="Setup">A shell line that execs netwhy (<c>"$@"</c>), for limits and the like; null to run it plainly.</param>
/// <param name="Expect">The right verdict.</param>
public sealed record Scenario(
    string Name,
    string Title,
    string Symptom,
    ImmutableSortedDictionary<string, Host> Hosts,
    ImmutableArray<Link> Links,
    ImmutableArray<FaultStep> Faults,
    string Client,
    ImmutableArray<string> Arguments,
    ImmutableSortedDictionary<string, string> Environment,
    string? Setup,
    Expectation Expect)
{
    /// <summary>Whether a fault changes something that all namespaces share, so that nothing may run beside it.</summary>
    public bool IsExclusive => Faults.Any(fault => fault.Undo is not null);
}

/// <summary>A host: a network namespace with its settings and its servers.</summary>
/// <param name="Bridges">Bridges to make: name to member interfaces.</param>
/// <param name="Addresses">Interface to addresses with prefix length.</param>
/// <param name="Routes">Routes, as <c>ip route add</c> takes them.</param>
/// <param name="Sysctls">Settings below <c>/proc/sys</c>, dotted.</param>
/// <param name="Files">Files that differ from the machine's, by path below <c>/etc</c>.</param>
/// <param name="Services">The servers.</param>
public sealed record Host(
    ImmutableSortedDictionary<string, ImmutableArray<string>> Bridges,
    ImmutableSortedDictionary<string, ImmutableArray<string>> Addresses,
    ImmutableArray<string> Routes,
    ImmutableSortedDictionary<string, string> Sysctls,
    ImmutableSortedDictionary<string, string> Files,
    ImmutableArray<Service> Services)
{
    /// <summary>A host with nothing but its loopback interface.</summary>
    public static Host Empty { get; } = new(
        ImmutableSortedDictionary<string, ImmutableArray<string>>.Empty,
        ImmutableSortedDictionary<string, ImmutableArray<string>>.Empty,
        [],
        ImmutableSortedDictionary<string, string>.Empty,
        ImmutableSortedDictionary<string, string>.Empty,
        []);
}

/// <summary>A cable between two hosts.</summary>
/// <param name="Left">One end.</param>
/// <param name="Right">The other.</param>
/// <param name="Mtu">MTU of both ends, in octets; 0 for the kernel's default of 1500.</param>
/// <param name="LeftToRight">What happens to frames from left to right; null for a plain veth pair.</param>
/// <param name="RightToLeft">What happens to frames from right to left; null for a plain veth pair.</param>
public sealed record Link(
    LinkEnd Left, LinkEnd Right, int Mtu, Impairment? LeftToRight, Impairment? RightToLeft)
{
    /// <summary>Whether the frames pass through our link model rather than a veth pair.</summary>
    public bool IsImpaired => LeftToRight is not null || RightToLeft is not null;
}

/// <summary>Where a cable is plugged in.</summary>
/// <param name="Host">The host.</param>
/// <param name="Interface">Its interface.</param>
public readonly record struct LinkEnd(string Host, string Interface)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Host}:{Interface}";
}

/// <summary>One step of the fault.</summary>
/// <param name="Host">Where it runs; <see cref="Machine"/> for outside all namespaces.</param>
/// <param name="Script">What runs: shell (sh -e).</param>
/// <param name="Undo">What takes it back, for what outlives a namespace; null for the rest.</param>
public sealed record FaultStep(string Host, string Script, string? Undo)
{
    /// <summary>The machine itself: some settings are shared by all namespaces.</summary>
    public const string Machine = "machine";
}

/// <summary>The right verdict.</summary>
/// <param name="Causes">Accepted causes of the first finding; empty when there must be no finding.</param>
/// <param name="Where">Accepted places of the first finding; empty for any.</param>
/// <param name="Status">The status; null for any that fits.</param>
/// <param name="ExitCode">The exit code; null for the one that fits.</param>
/// <param name="Explains">Symptoms that the first finding must explain.</param>
/// <param name="Allowed">Causes that further findings may have beside the accepted ones.</param>
/// <param name="Notes">Causes that must stand among the notes.</param>
public sealed record Expectation(
    ImmutableArray<string> Causes,
    ImmutableArray<string> Where,
    string? Status,
    int? ExitCode,
    ImmutableArray<string> Explains,
    ImmutableArray<string> Allowed,
    ImmutableArray<string> Notes)
{
    /// <summary>No finding at all.</summary>
    public static Expectation Healthy { get; } = new([], [], null, null, [], [], []);

    /// <summary>Whether there must be no finding.</summary>
    public bool IsHealthy => Causes.IsEmpty;

    /// <inheritdoc/>
    public override string ToString() => IsHealthy ? "healthy" : string.Join(" or ", Causes);
}
