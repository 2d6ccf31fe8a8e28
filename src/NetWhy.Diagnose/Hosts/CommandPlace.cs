using NetWhy.Diagnose.Audit;
using NetWhy.Evidence;

namespace NetWhy.Diagnose.Hosts;

/// <summary>Makes the commands of remedies ones that act where they must: in the network namespace that was looked at, or on the whole machine.</summary>
/// <remarks>Source: network_namespaces(7), ip-netns(8), nsenter(1).</remarks>
internal sealed class CommandPlace
{
    private readonly string? _way; // what runs a command in the namespace; null if it is where netwhy was started
    private readonly string? _ownerOfLimits;
    private readonly string? _machine; // null if it is the one where it is read

    /// <summary>Reads where some evidence was collected.</summary>
    /// <param name="evidence">The evidence.</param>
    /// <param name="isOneOfSeveral">Whether evidence of other machines is judged with it: then "here" says nothing.</param>
    internal CommandPlace(EvidenceSet evidence, bool isOneOfSeveral = false)
    {
        _machine = isOneOfSeveral && evidence.Investigation is { Vantage.Length: > 0 } investigation
            ? $"{investigation.Vantage}, where {investigation.Input} was asked"
            : null;
        _way = evidence.Investigation?.Namespace is { Length: > 0 } name ? WayTo(name) : null;
        _ownerOfLimits = WholeHost.OwnerOfLimits(evidence);
    }

    /// <summary>A finding with such commands.</summary>
    /// <param name="finding">The finding.</param>
    internal Finding Of(Finding finding) => finding with { Remedies = [.. finding.Remedies.Select(Of)] };

    /// <summary>A signal of an audit with such commands.</summary>
    /// <param name="signal">The signal.</param>
    internal Signal Of(Signal signal) => signal with { Remedies = [.. signal.Remedies.Select(Of)] };

    private Remedy Of(Remedy remedy) => remedy switch
    {
        { On: not null } or { Command: null } => remedy,
        { Setting.IsOfMachine: true } when _ownerOfLimits is not null => remedy with { On = _ownerOfLimits },
        { Command: { } command } when _way is not null => remedy with
        {
            On = _machine,
            Command = string.Join('\n', command.Split('\n').Select(line => IsOfProcess(line) ? line : $"{_way} {(IsPlain(line) ? line : $"sh -c {ShellCommand.Word(line)}")}")),
        },
        _ => remedy with { On = _machine },
    };

    private static string WayTo(string name) => name.Split('/') switch
    {
        ["", "proc", var pid, "ns", "net"] when pid.All(char.IsAsciiDigit) => $"nsenter -n -t {ShellCommand.Word(pid)}",
        [_] => $"ip netns exec {ShellCommand.Word(name)}",
        _ => $"nsenter --net={ShellCommand.Word(name)}",
    };

    // Processes are the same in every network namespace.
    private static bool IsOfProcess(string line) =>
        line.StartsWith("kill ", StringComparison.Ordinal)
        || (line.StartsWith("cat /proc/", StringComparison.Ordinal) && line.Split(' ').Skip(1).All(file => file.Split('/') is ["", "proc", [>= '0' and <= '9', ..], not "net", ..]));

    // One command, with nothing that only a shell understands.
    private static bool IsPlain(string line) =>
        line.All(letter => char.IsAsciiLetterOrDigit(letter) || " @%+=:,./-_".Contains(letter, StringComparison.Ordinal));
}
