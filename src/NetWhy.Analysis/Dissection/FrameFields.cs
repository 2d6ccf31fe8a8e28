using NetWhy.Analysis.Fields;

namespace NetWhy.Analysis.Dissection;

/// <summary>What a capture says of each packet.</summary>
internal static class FrameFields
{
    internal static readonly FieldGroup Group = new("frame", "Frame");
    internal static readonly Field InterfaceId = Group.Unsigned("interface_id", "Interface id", 32);
    internal static readonly Field InterfaceName = Group.Utf8("interface_name", "Interface name");
    internal static readonly Field Time = Group.Time("time", "Arrival time");
    internal static readonly Field TimeEpoch = Group.Duration("time_epoch", "Seconds since 1970");
    internal static readonly Field TimeDelta = Group.Duration("time_delta", "Time since the packet before");
    internal static readonly Field TimeDeltaDisplayed = Group.Duration("time_delta_displayed", "Time since the packet shown before");
    internal static readonly Field TimeRelative = Group.Duration("time_relative", "Time since the first packet");
    internal static readonly Field Number = Group.Unsigned("number", "Number of the packet", 32);
    internal static readonly Field Length = Group.Unsigned("len", "Length on the wire", 32);
    internal static readonly Field CapturedLength = Group.Unsigned("cap_len", "Length captured", 32);
    internal static readonly Field Protocols = Group.Utf8("protocols", "Protocols in the packet");
    internal static readonly Field Comment = Group.Utf8("comment", "Comment");

    /// <summary>A line that other values lie under and that has no name of its own, such as <c>Queries</c>.</summary>
    internal static readonly Field Text = Group.Unprefixed("text", "Text");
}
