using System.Collections.Immutable;
using System.Net;
using NetWhy.Evidence;

namespace NetWhy.Diagnose;

/// <summary>One cause that one rule found, on what evidence, and what to do about it.</summary>
/// <param name="Cause">Id of the cause, from <see cref="Causes"/>.</param>
/// <param name="Severity">How bad it is for the target.</param>
/// <param name="Where">Whose it is.</param>
/// <param name="Summary">The cause in one plain sentence that names the resource at fault.</param>
/// <param name="Reasons">What counts for and against it.</param>
public sealed record Finding(
    string Cause,
    Severity Severity,
    Where Where,
    string Summary,
    ImmutableArray<Reason> Reasons)
{
    /// <summary>
    /// Odds before any evidence, in decibans. The default says "one in ten": a rule that speaks has already seen
    /// something that asks for an explanation.
    /// </summary>
    public int Prior { get; init; } = -10;

    /// <summary>Remote address (target, resolver, proxy) that the finding is about; null if it is about all of them.</summary>
    public IPAddress? Subject { get; init; }

    /// <summary>The number that it is about and its limit, for tables; null if it is about none.</summary>
    public Measure? Measure { get; init; }

    /// <summary>The conversation of a capture that it is about, <c>tcp.stream</c>; null if it is about none, or about several.</summary>
    public int? Stream { get; init; }

    /// <summary>Which direction of that conversation it is about: whether what the client sends; null if about both.</summary>
    public bool? IsOfClient { get; init; }

    /// <summary>The packets of a capture that prove it, by their numbers; empty for what no capture shows.</summary>
    public ImmutableArray<long> Packets { get; init; } = [];

    /// <summary>What to do, likeliest cure first.</summary>
    public ImmutableArray<Remedy> Remedies { get; init; } = [];

    /// <summary>What to check on the other side, or next.</summary>
    public ImmutableArray<string> Next { get; init; } = [];

    /// <summary>Ids of causes that this finding explains here, besides those that its rule always explains.</summary>
    public ImmutableArray<string> AlsoExplains { get; init; } = [];

    /// <summary>Ids of the causes that alone may explain this finding; empty if any may whose rule says so.</summary>
    public ImmutableArray<string> ExplainedOnlyBy { get; init; } = [];

    /// <summary>How likely the cause is after all the evidence, 0 to 1.</summary>
    public double Confidence
    {
        get
        {
            int decibans = Prior;
            foreach (Reason reason in Reasons)
                decibans += (int)reason.Weight;
            return Confidences[Math.Clamp(decibans, -MostDecibans, MostDecibans) + MostDecibans];
        }
    }

    private const int MostDecibans = 60;

    // Of each number of decibans: it is asked for again and again where findings are ranked.
    private static readonly double[] Confidences = [.. Enumerable.Range(-MostDecibans, (2 * MostDecibans) + 1).Select(decibans => 1 / (1 + Math.Pow(10, -decibans / 10.0)))];
}

/// <summary>A number and the limit that it is held against, as a table shows them.</summary>
/// <param name="What">What was measured, in a few words, with the resource: <c>accept queue of :8080</c>.</param>
/// <param name="Value">The number, with its unit.</param>
/// <param name="Limit">Its limit; empty where there is none.</param>
public sealed record Measure(string What, string Value, string Limit);

/// <summary>How bad a finding is for the target.</summary>
public enum Severity
{
    /// <summary>Worth knowing; never changes the exit code.</summary>
    Info,

    /// <summary>It works badly, or will stop.</summary>
    Warning,

    /// <summary>It does not work.</summary>
    Critical,
}

/// <summary>Where a cause lies.</summary>
public enum Where
{
    /// <summary>Cannot be told from here.</summary>
    Unknown,

    /// <summary>On the machine that netwhy ran on.</summary>
    Local,

    /// <summary>Between this machine and the target.</summary>
    Path,

    /// <summary>At the target.</summary>
    Remote,

    /// <summary>At a name server.</summary>
    Resolver,
}

/// <summary>Something to do against a cause.</summary>
/// <param name="Text">What it does, in one sentence.</param>
/// <param name="Command">A command to copy, for a shell; null if there is none.</param>
/// <param name="On">The machine to run it on, such as <c>the router 192.0.2.1</c>; null for this one.</param>
public sealed record Remedy(string Text, string? Command = null, string? On = null)
{
    /// <summary>The text with the machine that it is about, if it has a command or is about another machine.</summary>
    public string Sentence => On is not null ? $"On {On}: {Words.Uncapitalized(Text)}"
        : Command is not null ? $"Here: {Words.Uncapitalized(Text)}"
        : Text;

    /// <summary>The kernel setting that it changes; null if it changes none.</summary>
    public SettingChange? Setting { get; init; }

    /// <summary>Something to do that is a change of a kernel setting (sysctl).</summary>
    /// <param name="text">What it does, in one sentence.</param>
    /// <param name="name">Name of the setting, such as <c>net.core.somaxconn</c>.</param>
    /// <param name="value">Value to give it.</param>
    /// <param name="on">The machine to change it on; null for this one.</param>
    public static Remedy Set(string text, string name, string value, string? on = null)
    {
        var change = new SettingChange(name, value);
        return new Remedy(text, change.Command, on) { Setting = change };
    }

    /// <summary>Something to do, with a command that holds text from outside.</summary>
    /// <param name="text">What it does, in one sentence.</param>
    /// <param name="command">The command, as an interpolated string: its holes are quoted.</param>
    /// <param name="on">The machine to run it on; null for this one.</param>
    public Remedy(string text, ShellCommand command, string? on = null)
        : this(text, command.ToString(), on)
    {
    }
}

/// <summary>A kernel setting and the value to give it.</summary>
/// <remarks>Source: sysctl(8), sysctl.d(5).</remarks>
/// <param name="Name">Name of the setting, such as <c>net.core.somaxconn</c>.</param>
/// <param name="Value">Its new value.</param>
public sealed record SettingChange(string Name, string Value)
{
    /// <summary>File that keeps settings over a restart.</summary>
    public const string File = "/etc/sysctl.d/90-netwhy.conf";

    /// <summary>Its path below /proc/sys: the name of an interface keeps its dots.</summary>
    public string Path
    {
        get
        {
            // net.ipv4.conf.eth0.100.rp_filter: what stands between the third dot and the last one is one name.
            string[] parts = Name.Split('.');
            return parts is ["net", "ipv4" or "ipv6", "conf" or "neigh", _, _, _, ..]
                ? $"{parts[0]}/{parts[1]}/{parts[2]}/{string.Join('.', parts[3..^1])}/{parts[^1]}"
                : string.Join('/', parts);
        }
    }

    /// <summary>Whether it holds for the whole machine, and only its first network namespace can change it.</summary>
    /// <remarks>
    /// Those that the kernel's tables for other namespaces lack, or have to read only. Source: net/core/sysctl_net_core.c,
    /// net/ipv4/sysctl_net_ipv4.c, net/core/neighbour.c, net/netfilter/nf_conntrack_standalone.c.
    /// </remarks>
    public bool IsOfMachine => Name.Split('.') switch
    {
        ["net", "core", var name] => name is not ("somaxconn" or "optmem_max" or "txrehash"),
        ["net", "ipv4", "tcp_mem" or "udp_mem" or "tcp_max_orphans"] => true,
        ["net", "ipv4" or "ipv6", "neigh", "default", var name] => name.StartsWith("gc_", StringComparison.Ordinal),
        ["net", "netfilter", "nf_conntrack_max" or "nf_conntrack_buckets" or "nf_conntrack_expect_max"] => true,
        [var first, ..] => first is not "net",
        _ => true,
    };

    /// <summary>The command that changes it now.</summary>
    public string Command => ShellCommand.Of($"sysctl -w {Key + "=" + Value}").ToString();

    /// <summary>The line that keeps it, for <see cref="File"/>.</summary>
    public string Line => $"{Key} = {Value}";

    /// <summary>The name as sysctl(8) takes it: with slashes, where a dot in it would be taken for one.</summary>
    public string Key => Path.Replace('/', '.') == Name && Path.Contains('.', StringComparison.Ordinal) ? Path : Name;
}

/// <summary>How one observation counts for or against a cause.</summary>
/// <param name="Observation">What was observed.</param>
/// <param name="Weight">How much it counts.</param>
/// <param name="Reading">What it means here, in words for a person.</param>
public sealed record Reason(Observation Observation, Weight Weight, string Reading);

/// <summary>
/// Weight of evidence, in decibans: 10 log10 of how much likelier the observation is if the cause is real. Ten
/// decibans are odds of ten to one. Source: I. J. Good, "Probability and the Weighing of Evidence" (1950).
/// </summary>
public enum Weight
{
    /// <summary>A thousand to one against.</summary>
    RulesOut = -30,

    /// <summary>Ten to one against.</summary>
    Against = -10,

    /// <summary>Two to one against.</summary>
    HintAgainst = -3,

    /// <summary>It belongs to the story and weighs nothing.</summary>
    Context = 0,

    /// <summary>Two to one for.</summary>
    Hint = 3,

    /// <summary>Ten to one for.</summary>
    Strong = 10,

    /// <summary>A hundred to one for.</summary>
    VeryStrong = 20,

    /// <summary>A thousand to one for.</summary>
    Decisive = 30,
}

/// <summary>Lets a rule say how an observation counts, without the observation knowing of rules.</summary>
public static class Weighing
{
    extension(Observation observation)
    {
        /// <summary>Counts this observation.</summary>
        /// <param name="weight">How much it counts.</param>
        /// <param name="reading">What it means here.</param>
        public Reason Weigh(Weight weight, string reading) => new(observation, weight, reading);
    }
}
