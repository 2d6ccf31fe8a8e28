using System.Net;
using System.Text;
using NetWhy.Wire;
using NetWhy.Wire.Tls;

namespace NetWhy.Certificates;

/// <summary>Kinds of names, by the number of their context tag. Source: RFC 5280, section 4.2.1.6.</summary>
internal enum GeneralNameKind
{
    Other,
    Mailbox,
    Dns,
    X400,
    Directory,
    EdiParty,
    Uri,
    Address,
    RegisteredId,
}

/// <summary>A name of subjectAltName or of name constraints.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="Value">Its contents.</param>
internal readonly record struct GeneralName(GeneralNameKind Kind, ReadOnlyMemory<byte> Value)
{
    private const int TagNumber = 0x1f;
    private const int Context = 0x80;

    internal string Text => Encoding.Latin1.GetString(Value.Span[..Math.Min(Value.Length, 256)]);

    internal static bool TryRead(byte tag, ReadOnlyMemory<byte> value, out GeneralName name)
    {
        var kind = (GeneralNameKind)(tag & TagNumber);
        name = new GeneralName(kind, value);
        return (tag & 0xc0) == Context && kind <= GeneralNameKind.RegisteredId;
    }

    // The names of a GeneralNames; null if it is none. Most certificates have a few, some thousands.
    internal static List<GeneralName>? ReadAll(ReadOnlyMemory<byte> octets)
    {
        var outer = new DerReader(octets.Span);
        if (!outer.Read(DerReader.Sequence) || outer.Whole.Length != octets.Length)
            return null;
        List<GeneralName> names = [];
        var reader = new DerReader(outer.Value);
        while (reader.Read() is System.Buffers.OperationStatus.Done)
        {
            if (!TryRead(reader.Tag, OctetParts.Within(octets, reader.Value), out GeneralName name))
                return null;
            names.Add(name);
        }

        return reader.IsAtEnd ? names : null;
    }

    internal string Describe() => Kind switch
    {
        GeneralNameKind.Dns => Text,
        GeneralNameKind.Mailbox => Text,
        GeneralNameKind.Uri => Text,
        GeneralNameKind.Address when Value.Length is 4 or 16 => new IPAddress(Value.Span).ToString(),
        GeneralNameKind.Directory => DistinguishedName.Describe(Value),
        _ => Kind.ToString(),
    };
}
