using System.Globalization;
using System.Text;
using NetWhy.Analysis.Fields;
using NetWhy.Linux;

namespace NetWhy.Analysis.Dissection;

/// <summary>What clients and servers are recognized by: what they offer, in its order. Source: JA3 and JA3S, as Salesforce published them.</summary>
internal sealed class TlsPrint
{
    private readonly StringBuilder _whole = new();
    private readonly StringBuilder _groups = new();
    private readonly StringBuilder _pointFormats = new();

    /// <summary>Begins one.</summary>
    /// <param name="version">The version in the hello.</param>
    internal TlsPrint(int version) => _whole.Append(CultureInfo.InvariantCulture, $"{version},");

    /// <summary>Adds a cipher suite.</summary>
    /// <param name="suite">The suite.</param>
    internal void AddSuite(int suite) => Add(_whole, suite);

    /// <summary>Says that what comes next is of another kind.</summary>
    internal void Separate() => _whole.Append(',');

    /// <summary>Adds an extension.</summary>
    /// <param name="type">Its type.</param>
    internal void AddExtension(int type) => Add(_whole, type);

    /// <summary>Says that groups follow.</summary>
    internal void BeginGroups() => _groups.Append(',');

    /// <summary>Adds a group.</summary>
    /// <param name="group">The group.</param>
    internal void AddGroup(int group) => Add(_groups, group);

    /// <summary>Says that formats of points follow.</summary>
    internal void BeginPointFormats() => _pointFormats.Append(',');

    /// <summary>Adds a format of points.</summary>
    /// <param name="format">The format.</param>
    internal void AddPointFormat(int format)
    {
        if (_pointFormats[^1] != ',')
            _pointFormats.Append('-');
        _pointFormats.Append(format);
    }

    /// <summary>Says that all extensions were read: those of a client tell groups and formats besides.</summary>
    /// <param name="isClient">Whether they are a client's.</param>
    internal void EndExtensions(bool isClient)
    {
        if (!isClient)
            return;
        _whole.Append(_groups.Length > 0 ? _groups.ToString() : ",");
        _whole.Append(_pointFormats.Length > 0 ? _pointFormats.ToString() : ",");
    }

    /// <summary>Adds it to what was read.</summary>
    /// <param name="fields">Where to.</param>
    /// <param name="whole">The field of all of it.</param>
    /// <param name="digest">The field of its digest.</param>
    internal void Write(PacketFields fields, Field whole, Field digest)
    {
        byte[] text = Encoding.ASCII.GetBytes(_whole.ToString());
        fields.AddMade(whole, text);
        if (!fields.IsWanted(digest))
            return;
        using var md5 = MessageDigest.Create(DigestKind.Md5);
        Span<byte> octets = stackalloc byte[MessageDigest.MaxLength];
        if (md5?.Compute(text, default, octets) is > 0 and int length)
            fields.AddMade(digest, Encoding.ASCII.GetBytes(Convert.ToHexStringLower(octets[..length])));
    }

    // Without those that mean nothing: RFC 8701.
    private static void Add(StringBuilder list, int number)
    {
        if (TlsNames.IsGrease((ulong)number))
            return;
        if (list[^1] != ',')
            list.Append('-');
        list.Append(number);
    }
}
