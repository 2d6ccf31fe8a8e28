using NetWhy.Analysis.Fields;

namespace NetWhy.Analysis.Dissection;

/// <summary>The protocols whose fields are read.</summary>
internal static class Protocols
{
    /// <summary>Their fields.</summary>
    internal static IReadOnlyList<FieldGroup> All { get; } =
    [
        FrameFields.Group, EthernetFields.Group, TcpFields.Group,
    ];
}
