using NetWhy.Analysis.Fields;

namespace NetWhy.Analysis.Dissection;

/// <summary>Octets that nobody reads further.</summary>
internal static class DataDissector
{
    internal static readonly FieldGroup Group = new("data", "Data");
    private static readonly Field Data = Group.Octets("data", "Data");
    private static readonly Field Length = Group.Signed("len", "Length", 32).Generated();

    /// <summary>Says that octets are not read further.</summary>
    /// <param name="dissection">The packet.</param>
    /// <param name="offset">Where they begin.</param>
    /// <param name="length">How many they are.</param>
    internal static void Read(ref Dissection dissection, int offset, int length)
    {
        int captured = dissection.Captured(offset, length);
        if (captured <= 0)
            return;
        dissection.Protocol(Group.Protocol, offset, captured);
        dissection.Fields.SayMore($" ({captured} {(captured == 1 ? "byte" : "bytes")})");
        dissection.Fields.AddOctets(Data, offset, captured);
        dissection.Fields.Add(Length, (ulong)captured, offset, 0);
    }
}
