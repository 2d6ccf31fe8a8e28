using NetWhy.Analysis.Fields;

namespace NetWhy.Analysis.Dissection;

/// <summary>Fields of TCP that Wireshark fills only with preferences that are off as it comes, or from other sources: they may be asked for, and no packet has them.</summary>
/// <param name="group">The protocol.</param>
internal sealed class UnaskedTcpFields(FieldGroup group)
{
    /// <summary>The processes at both ends, which a flow exporter tells (<c>tcp.display_process_info</c>).</summary>
    internal Field[] Processes { get; } = [.. OfEnd(group, "src", "Source"), .. OfEnd(group, "dst", "Destination")];

    /// <summary>Sequence numbers and time stamps read as cookies (<c>tcp.read_seq_as_syn_cookie</c>, <c>tcp.read_timestamp_as_syncookie</c>).</summary>
    internal Field[] Cookies { get; } =
    [
        group.Unsigned("syncookie.time", "SYN Cookie Time", 8), group.Unsigned("syncookie.mss", "SYN Cookie Maximum Segment Size", 8), group.Hexadecimal("syncookie.hash", "SYN Cookie hash", 24),
        group.Unsigned("options.timestamp.tsval.syncookie.timestamp", "SYN Cookie Timestamp", 32), group.Boolean("options.timestamp.tsval.syncookie.ecn", "SYN Cookie ECN"),
        group.Boolean("options.timestamp.tsval.syncookie.sack", "SYN Cookie SACK"), group.Unsigned("options.timestamp.tsval.syncookie.wscale", "SYN Cookie WScale", 8),
    ];

    /// <summary>Where a message goes on or ends, which a reader knows that reads twice.</summary>
    internal Field[] Later { get; } =
    [
        group.Duration("pdu.time", "Time until the last segment of this PDU").Generated(), group.FrameNumber("pdu.last_frame", "Last frame of this PDU").Generated(),
    ];

    private static IEnumerable<Field> OfEnd(FieldGroup group, string prefix, string label)
    {
        yield return group.Unsigned($"proc.{prefix}uid", $"{label} process user ID", 32);
        yield return group.Unsigned($"proc.{prefix}pid", $"{label} process ID", 32);
        yield return group.Utf8($"proc.{prefix}uname", $"{label} process user name");
        yield return group.Utf8($"proc.{prefix}cmd", $"{label} process name");
    }
}
