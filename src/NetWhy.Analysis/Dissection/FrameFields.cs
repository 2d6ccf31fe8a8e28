using NetWhy.Analysis.Fields;

namespace NetWhy.Analysis.Dissection;

/// <summary>What a capture says of each packet.</summary>
internal static class FrameFields
{
    internal static readonly FieldGroup Group = new("frame", "Frame");
    internal static readonly Field SectionNumber = Group.Unsigned("section_number", "Section number", 32);
    internal static readonly Field InterfaceId = Group.Unsigned("interface_id", "Interface id", 32);
    internal static readonly Field InterfaceName = Group.Utf8("interface_name", "Interface name").At(2);
    internal static readonly Field InterfaceDescription = Group.Utf8("interface_description", "Interface description").At(2);
    internal static readonly Field EncapsulationType = Group.Signed("encap_type", "Encapsulation type", 16);
    internal static readonly Field Time = Group.Time("time", "Arrival Time");
    internal static readonly Field TimeShift = Group.Duration("offset_shift", "Time shift for this packet").Generated();
    internal static readonly Field TimeEpoch = Group.Duration("time_epoch", "Epoch Time");
    internal static readonly Field TimeDelta = Group.Duration("time_delta", "Time delta from previous captured frame").Generated();
    internal static readonly Field TimeDeltaDisplayed = Group.Duration("time_delta_displayed", "Time delta from previous displayed frame").Generated();
    internal static readonly Field TimeRelative = Group.Duration("time_relative", "Time since reference or first frame").Generated();
    internal static readonly Field Number = Group.Unsigned("number", "Frame Number", 32);
    internal static readonly Field Length = Group.Unsigned("len", "Frame Length", 32);
    internal static readonly Field CapturedLength = Group.Unsigned("cap_len", "Capture Length", 32);
    internal static readonly Field IsMarked = Group.Boolean("marked", "Frame is marked").Generated();
    internal static readonly Field IsIgnored = Group.Boolean("ignored", "Frame is ignored").Generated();
    internal static readonly Field Protocols = Group.Utf8("protocols", "Protocols in frame").Generated();
    internal static readonly FieldGroup Comments = new("pkt_comment", "Packet comments", "frame");
    internal static readonly Field Comment = Comments.Utf8("comment", "Comment");
    internal static readonly Field CommentRemark = Comments.Finding("comment.expert", "Formatted comment", Severity.Comment, ExpertGroup.Comment);

    /// <summary>A line that other values lie under and that has no name of its own, such as <c>Queries</c>.</summary>
    internal static readonly Field Text = Group.Unprefixed("text", "Text").Shared();
}
