using NetWhy.Analysis.Fields;

namespace NetWhy.Analysis.Dissection;

/// <summary>What experts remark, under the values that it is about. Source: Wireshark, doc/README.dissector, "Expert info".</summary>
internal static class ExpertFields
{
    private static readonly Dictionary<ulong, string> Severities = new()
    {
        [(ulong)Fields.Severity.Comment] = "Comment",
        [(ulong)Fields.Severity.Chat] = "Chat",
        [(ulong)Fields.Severity.Note] = "Note",
        [(ulong)Fields.Severity.Warning] = "Warning",
        [(ulong)Fields.Severity.Error] = "Error",
    };

    private static readonly Dictionary<ulong, string> Subjects = new()
    {
        [(ulong)ExpertGroup.Checksum] = "Checksum",
        [(ulong)ExpertGroup.Sequence] = "Sequence",
        [(ulong)ExpertGroup.Response] = "Response",
        [(ulong)ExpertGroup.Request] = "Request",
        [(ulong)ExpertGroup.Undecoded] = "Undecoded",
        [(ulong)ExpertGroup.Reassemble] = "Reassemble",
        [(ulong)ExpertGroup.Malformed] = "Malformed",
        [0x8000000] = "Debug", // these two are only known to filters
        [(ulong)ExpertGroup.Protocol] = "Protocol",
        [(ulong)ExpertGroup.Security] = "Security",
        [(ulong)ExpertGroup.Comment] = "Comment",
        [(ulong)ExpertGroup.Decryption] = "Decryption",
        [0xd000000] = "Assumption",
        [(ulong)ExpertGroup.Deprecated] = "Deprecated",
    };

    internal static readonly FieldGroup Group = new("_ws.expert", "Expert Info");
    internal static readonly Field Head = Group.Protocol.Generated().Shared();
    internal static readonly Field Message = Group.Utf8("message", "Message").Hidden().Shared();
    internal static readonly Field Severity = Group.Unsigned("severity", "Severity level", 32, Severities).NameAlone().Generated().Shared();
    internal static readonly Field Subject = Group.Unsigned("group", "Group", 32, Subjects).NameAlone().Generated().Shared();

    /// <summary>What a severity is called.</summary>
    /// <param name="severity">The severity.</param>
    internal static string NameOf(Severity severity) => Severities[(ulong)severity];

    /// <summary>What a group is called.</summary>
    /// <param name="group">The group.</param>
    internal static string NameOf(ExpertGroup group) => Subjects[(ulong)group];
}
