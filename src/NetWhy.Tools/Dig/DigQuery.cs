using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using NetWhy.Names;
using NetWhy.Wire.Dns;

namespace NetWhy.Tools.Dig;

/// <summary>A query as it is sent.</summary>
/// <param name="Message">Its octets.</param>
/// <param name="Name">The name asked for, in wire form.</param>
/// <param name="Type">The type asked for.</param>
/// <param name="Code">The code of its signature; null if it has none.</param>
internal sealed record DigQuery(byte[] Message, byte[] Name, DnsRecordType Type, byte[]? Code)
{
    private const int CookieSize = 8; // octets: RFC 7873, section 4
    private const int Largest = ushort.MaxValue;
    private const ushort PayloadSize = 1232, DnssecOk = 0x8000, CompactOk = 0x4000, ReservedBit = 0x0040;
    private const int OpcodeShift = 11;
    private const int OptSize = 11, OptionSize = 4; // octets of a record OPT, and of an option, without their data

    // For all queries of the process, as dig has it: a server knows us by it while we run.
    private static readonly byte[] OwnCookie = Unforeseeable.Octets();

    /// <summary>Its number.</summary>
    internal ushort Id => BinaryPrimitives.ReadUInt16BigEndian(Message);

    /// <summary>The client cookie that was sent, as an answer must repeat it; empty if none was.</summary>
    /// <param name="lookup">What it was made from.</param>
    internal static ReadOnlySpan<byte> CookieOf(DigLookup lookup) => lookup.Cookie is { } text ? DigHex.Read(text) : OwnCookie;

    /// <summary>Makes a query.</summary>
    /// <param name="lookup">What it is for.</param>
    /// <param name="settings">Has the search list.</param>
    /// <param name="key">Signs it; null for no signature.</param>
    /// <returns>The query; null if the name with the domain of the search list is too long.</returns>
    /// <exception cref="DigExit">The name is none.</exception>
    internal static DigQuery? Create(DigLookup lookup, DigSettings settings, TransactionKey? key)
    {
        if (NameOf(lookup, settings) is not { } name)
            return null;
        if (settings.MixesCase)
            MixCase(name);

        DnsFlags flags = lookup.Flags;
        if (lookup.Type is DnsRecordType.AXFR or DnsRecordType.IXFR)
            flags &= ~DnsFlags.RecursionDesired;
        if (lookup.HasReservedBit)
            flags |= (DnsFlags)ReservedBit;
        flags |= (DnsFlags)(lookup.Opcode << OpcodeShift);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(Largest);
        try
        {
            _ = DnsMessageWriter.Create(buffer.AsSpan(0, Largest), lookup.Id ?? Unforeseeable.Id(), flags, DnsResponseCode.NoError, out DnsMessageWriter writer);
            string text = TextOf(name);
            OperationStatus status = lookup.IsHeaderOnly ? OperationStatus.Done : writer.WriteQuestion(text, lookup.Type, lookup.Class);
            if (status is OperationStatus.Done && lookup.Type is DnsRecordType.IXFR)
                status = writer.WriteRecord(DnsSection.Authority, text, DnsRecordType.SOA, (ushort)lookup.Class, 0, StartOf(lookup.TransferSerial));
            if (status is OperationStatus.Done && HasEdns(lookup))
                status = WriteEdns(ref writer, lookup);
            if (status is not OperationStatus.Done)
                throw new DigExit(1, "dns_message_rendersection: ran out of space");
            byte[] code = [];
            byte[] message = key is null ? writer.Written.ToArray()
                : key.Sign(writer.Written, TimeProvider.System.GetUtcNow().ToUnixTimeSeconds(), out code) ?? throw new DigExit(1, "dns_message_renderend: crypto failure");
            return new DigQuery(message, name, lookup.Type, key is null ? null : code);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>The text of a name.</summary>
    /// <param name="name">The name in wire form.</param>
    internal static string TextOf(byte[] name)
    {
        int offset = 0;
        return DnsName.Read(name, ref offset, out DnsName read) is OperationStatus.Done ? read.ToString() : ".";
    }

    private static bool HasEdns(DigLookup lookup) =>
        lookup.PayloadSize is not null || lookup.IsDnssecOk || lookup.EdnsVersion is not null || lookup.Subnet is not null;

    /// <summary>The name that a lookup asks for, in wire form; null if it is too long with the domain of the search list.</summary>
    /// <param name="lookup">The lookup; the first of a trace asks for the root.</param>
    /// <param name="settings">Has the search list.</param>
    /// <exception cref="DigExit">The name is none.</exception>
    internal static byte[]? NameOf(DigLookup lookup, DigSettings settings)
    {
        if (lookup is { IsTrace: true, IsFirstOfTrace: true })
            return [0];
        string name = lookup.Name;
        if (lookup.ReadsInternational)
            name = InternationalName.ToAscii(name) ?? throw new DigExit(1, $"'{name}' is not a legal IDNA2008 name (string contains a disallowed character), use +noidnin");
        if (lookup.Origin < 0)
            return Encode(name, ".") ?? throw new DigExit(10, $"'{lookup.Name}' is not a legal name ({DigNames.FaultOf(name)})");

        string domain = settings.Search[lookup.Origin];
        if (Encode(domain, ".") is null)
            throw new DigExit(1, $"'{domain}' is not in legal name syntax ({DigNames.FaultOf(domain)})");
        if (Encode(name, ".") is null)
            throw new DigExit(1, $"'{lookup.Name}' is not in legal name syntax ({DigNames.FaultOf(name)})");
        return Encode(name, domain);
    }

    private static byte[]? Encode(string name, string origin)
    {
        if (name.Length == 0)
            return null;
        byte[] wire = new byte[DnsName.MaxLength], end = new byte[DnsName.MaxLength];
        return DnsName.Encode(Encoding.UTF8.GetBytes(origin), [0], end, out int endLength) is OperationStatus.Done
            && DnsName.Encode(Encoding.UTF8.GetBytes(name), end.AsSpan(0, endLength), wire, out int length) is OperationStatus.Done
                ? wire[..length]
                : null;
    }

    // Source: draft-vixie-dnsext-dns0x20-00.
    private static void MixCase(byte[] name)
    {
        byte[] random = [];
        for (int i = 0; i < name.Length; i++)
        {
            if (i / 8 * 8 == i)
                random = Unforeseeable.Octets();
            // Octets that count labels are less than the code of a letter.
            if (char.IsAsciiLetter((char)name[i]) && (random[i % 8] & 1) == 1)
                name[i] ^= 0x20;
        }
    }

    private static byte[] StartOf(uint serial)
    {
        byte[] data = new byte[2 + 20]; // two names that are the root, five numbers
        BinaryPrimitives.WriteUInt32BigEndian(data.AsSpan(2), serial);
        return data;
    }

    private static OperationStatus WriteEdns(ref DnsMessageWriter writer, DigLookup lookup)
    {
        var options = new List<byte>();
        if (lookup.WantsServerId)
            Add(DnsOptionCode.NameServerId, []);
        if (lookup.Subnet is { } subnet)
            Add(DnsOptionCode.ClientSubnet, SubnetOf(subnet));
        if (lookup.SendsCookie)
            Add(DnsOptionCode.Cookie, CookieOf(lookup));
        if (lookup.WantsExpiry)
            Add(DnsOptionCode.Expire, []);
        if (lookup.WantsKeepalive)
            Add(DnsOptionCode.TcpKeepalive, []);
        bool isPadded = false;
        foreach ((ushort code, byte[] value) in lookup.Options)
        {
            // The first padding without octets goes to the end.
            if ((DnsOptionCode)code is DnsOptionCode.Padding && value.Length == 0 && !isPadded)
                isPadded = true;
            else
                Add((DnsOptionCode)code, value);
        }

        if (lookup.Padding > 0 && isPadded)
            Add(DnsOptionCode.Padding, []);
        if (lookup.Padding > 0 || isPadded)
            Add(DnsOptionCode.Padding, new byte[PaddingOf(lookup.Padding, writer.Written.Length + OptSize + options.Count + OptionSize)]);

        ushort flags = (ushort)((lookup.EdnsFlags & ~(DnssecOk | CompactOk)) | (lookup.IsDnssecOk ? DnssecOk : 0) | (lookup.IsCompactOk ? CompactOk : 0));
        lookup.PayloadSize ??= PayloadSize;
        lookup.EdnsVersion ??= 0;
        return writer.WriteRecord(DnsSection.Additional, ".", DnsRecordType.OPT, lookup.PayloadSize.Value, ((uint)lookup.EdnsVersion << 16) | flags, CollectionsMarshal.AsSpan(options));

        void Add(DnsOptionCode code, ReadOnlySpan<byte> value)
        {
            options.AddRange([(byte)((ushort)code >> 8), (byte)code, (byte)(value.Length >> 8), (byte)value.Length]);
            options.AddRange(value);
        }
    }

    private static int PaddingOf(int block, int length) => block == 0 || length % block == 0 ? 0 : block - (length % block);

    // Source: RFC 7871, section 6.
    private static byte[] SubnetOf(DigSubnet subnet)
    {
        const int Bits = 8;
        byte[] value = new byte[4 + ((subnet.Length + Bits - 1) / Bits)];
        BinaryPrimitives.WriteUInt16BigEndian(value, subnet.Family);
        value[2] = subnet.Length;
        subnet.Octets.AsSpan(0, value.Length - 4).CopyTo(value.AsSpan(4));
        if (subnet.Length % Bits != 0)
            value[^1] &= (byte)(0xff << (Bits - (subnet.Length % Bits)));
        return value;
    }
}
