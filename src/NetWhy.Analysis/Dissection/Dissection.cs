using System.Buffers.Binary;
using NetWhy.Analysis.Fields;
using NetWhy.Analysis.Summaries;
using NetWhy.Analysis.Tcp;

namespace NetWhy.Analysis.Dissection;

/// <summary>A packet that is being read: what its dissectors read from, and what they add to.</summary>
/// <remarks>
/// Reading behind the end of what was captured gives 0, adds nothing and sets <see cref="IsShort"/>: dissectors are straight
/// lines that look at it where a length would lead astray.
/// </remarks>
internal ref struct Dissection
{
    private const int DeepestNesting = 32;

    private int _depth;

    /// <summary>Begins to read a packet.</summary>
    /// <param name="octets">What was captured of it.</param>
    /// <param name="fields">Where its values go.</param>
    /// <param name="memory">What is remembered of the packets before.</param>
    internal Dissection(ReadOnlySpan<byte> octets, PacketFields fields, CaptureMemory memory)
    {
        Octets = octets;
        Fields = fields;
        Memory = memory;
    }

    /// <summary>What was captured.</summary>
    internal ReadOnlySpan<byte> Octets { readonly get; private set; }

    /// <summary>Where values go.</summary>
    internal PacketFields Fields { get; }

    /// <summary>What is remembered of the packets before.</summary>
    internal CaptureMemory Memory { get; }

    /// <summary>What a list of packets says of it; null if nobody asked.</summary>
    internal readonly PacketSummary? Summary => Memory.Summary;

    /// <summary>Number of the packet, from 1.</summary>
    internal required uint FrameNumber { get; init; }

    /// <summary>When it passed, in nanoseconds since 1970.</summary>
    internal required long Nanoseconds { get; init; }

    /// <summary>Whether something was to be read that was not captured.</summary>
    internal bool IsShort { get; private set; }

    /// <summary>Whether a message ended before what it announced, or makes no sense.</summary>
    internal bool IsMalformed { get; private set; }

    /// <summary>Whether what is read now is quoted by an ICMP error.</summary>
    internal bool IsQuoted { get; set; }

    /// <summary>Whether what is read now is a first fragment whose datagram is not at hand: how long it is cannot be known.</summary>
    internal bool IsFragment { get; set; }

    /// <summary>How many VLAN tags were read.</summary>
    internal byte Tags { readonly get; set; }

    /// <summary>The addresses of the innermost IP header so far.</summary>
    internal TcpEndpoint Source { readonly get; set; }

    /// <inheritdoc cref="Source"/>
    internal TcpEndpoint Destination { readonly get; set; }

    /// <summary>Identification of the innermost IPv4 header so far; 0 if there is none.</summary>
    internal ushort Identification { readonly get; set; }

    /// <summary>The time to live, or hop limit, of that header.</summary>
    internal byte TimeToLive { readonly get; set; }

    /// <summary>The place behind the values of the innermost TCP header so far.</summary>
    internal int HeaderEnd { readonly get; set; }

    /// <summary>Where the packet was seen.</summary>
    internal CapturePlace Place { readonly get; set; }

    /// <summary>Reads on in data that was put together from several packets.</summary>
    /// <param name="octets">The data.</param>
    internal readonly Dissection Over(ReadOnlySpan<byte> octets) => new(octets, Fields, Memory)
    {
        FrameNumber = FrameNumber,
        Nanoseconds = Nanoseconds,
        Source = Source,
        Destination = Destination,
        Identification = Identification,
        TimeToLive = TimeToLive,
        Place = Place,
        HeaderEnd = HeaderEnd,
        _depth = _depth,
    };

    /// <summary>Goes one protocol deeper.</summary>
    /// <returns>Whether that is allowed: nesting is bounded.</returns>
    internal bool Enter() => ++_depth <= DeepestNesting;

    /// <summary>Comes back.</summary>
    internal void Leave() => _depth--;

    /// <summary>Lets what is read now change nothing of the summary.</summary>
    /// <returns>Whether that was so before.</returns>
    internal readonly bool Freeze()
    {
        if (Summary is not { } summary)
            return false;
        bool wasFrozen = summary.IsFrozen;
        summary.IsFrozen = true;
        return wasFrozen;
    }

    /// <summary>Undoes <see cref="Freeze"/>.</summary>
    /// <param name="wasFrozen">What it gave.</param>
    internal readonly void Thaw(bool wasFrozen)
    {
        if (Summary is { } summary)
            summary.IsFrozen = wasFrozen;
    }

    /// <summary>Whether octets were captured.</summary>
    /// <param name="offset">Where they begin.</param>
    /// <param name="length">How many.</param>
    internal bool Has(int offset, int length)
    {
        if (offset >= 0 && length >= 0 && (long)offset + length <= Octets.Length)
            return true;
        IsShort = true;
        return false;
    }

    /// <summary>Lets nothing be read behind a place: what lies there belongs to another protocol.</summary>
    /// <param name="end">The place.</param>
    /// <returns>What <see cref="Widen"/> takes.</returns>
    internal ReadOnlySpan<byte> Narrow(int end)
    {
        ReadOnlySpan<byte> before = Octets;
        if (end < before.Length)
            Octets = before[..Math.Max(end, 0)];
        return before;
    }

    /// <summary>Undoes <see cref="Narrow"/>.</summary>
    /// <param name="before">What it gave.</param>
    internal void Widen(ReadOnlySpan<byte> before) => Octets = before;

    /// <summary>Says that a message makes no sense.</summary>
    internal void Malform() => IsShort = IsMalformed = true;

    /// <summary>How much of a part was captured.</summary>
    /// <param name="offset">Where it begins.</param>
    /// <param name="length">How long it is.</param>
    internal readonly int Captured(int offset, int length) => Math.Clamp(Octets.Length - offset, 0, Math.Max(0, length));

    /// <summary>An octet.</summary>
    /// <param name="offset">Where.</param>
    internal byte U8(int offset) => Has(offset, 1) ? Octets[offset] : (byte)0;

    /// <summary>Two octets, big-endian.</summary>
    /// <param name="offset">Where.</param>
    internal ushort U16(int offset) => Has(offset, 2) ? BinaryPrimitives.ReadUInt16BigEndian(Octets[offset..]) : (ushort)0;

    /// <summary>Four octets, big-endian.</summary>
    /// <param name="offset">Where.</param>
    internal uint U32(int offset) => Has(offset, 4) ? BinaryPrimitives.ReadUInt32BigEndian(Octets[offset..]) : 0;

    /// <summary>A big-endian integer of up to eight octets.</summary>
    /// <param name="offset">Where.</param>
    /// <param name="length">Its octets.</param>
    internal ulong Integer(int offset, int length)
    {
        if (!Has(offset, length))
            return 0;
        switch (length)
        {
            case 1:
                return Octets[offset];
            case 2:
                return BinaryPrimitives.ReadUInt16BigEndian(Octets[offset..]);
            case 4:
                return BinaryPrimitives.ReadUInt32BigEndian(Octets[offset..]);
        }

        ulong value = 0;
        foreach (byte octet in Octets.Slice(offset, length))
            value = (value << 8) | octet;
        return value;
    }

    /// <summary>Reads an integer and adds it.</summary>
    /// <param name="field">Its field.</param>
    /// <param name="offset">Where it is.</param>
    /// <param name="length">Its octets.</param>
    /// <returns>The integer; 0 if it was not captured.</returns>
    internal ulong Number(Field field, int offset, int length)
    {
        if (!Has(offset, length))
            return 0;
        ulong value = Integer(offset, length);
        Fields.Add(field, value, offset, length);
        return value;
    }

    /// <summary>Adds some bits of an integer.</summary>
    /// <param name="field">Their field.</param>
    /// <param name="offset">Where the integer is.</param>
    /// <param name="length">Its octets.</param>
    /// <param name="mask">The bits.</param>
    internal void Bits(Field field, int offset, int length, ulong mask)
    {
        if (!Has(offset, length) || !Fields.IsWanted(field))
            return;
        ulong value = (Integer(offset, length) & mask) >> System.Numerics.BitOperations.TrailingZeroCount(mask);
        Fields.Add(field, value, offset, length);
    }

    /// <summary>Adds the bits of an integer that are a field's own.</summary>
    /// <param name="field">Their field.</param>
    /// <param name="offset">Where the integer is.</param>
    /// <param name="length">Its octets.</param>
    internal void Bits(Field field, int offset, int length) => Bits(field, offset, length, field.Mask);

    /// <summary>Adds an integer, behind it the names of the flags that are set, and its parts.</summary>
    /// <param name="whole">The integer.</param>
    /// <param name="offset">Where it is.</param>
    /// <param name="parts">Its parts, by their masks.</param>
    internal void Flags(Field whole, int offset, ReadOnlySpan<Field> parts)
    {
        int length = whole.Bits / 8;
        ulong value = Number(whole, offset, length);
        if (IsShort)
            return;
        foreach (Field part in parts)
            SayPart(part, value);
        foreach (Field part in parts)
            Bits(part, offset, length);
    }

    private readonly void SayPart(Field part, ulong whole)
    {
        if (!Fields.AreTextsWanted)
            return;
        ulong value = (whole & part.Mask) >> System.Numerics.BitOperations.TrailingZeroCount(part.Mask);
        if (part.Kind == FieldKind.Boolean && value != 0)
            Fields.SayMore($", {part.Label}");
        else if (part.ValueNames is { } names)
            Fields.SayMore($", {part.Label}: {names.GetValueOrDefault(value) ?? "Unknown"}");
    }

    /// <summary>Puts what a quoted packet carries behind the values that came after it: in a tree it does not lie in what quotes it.</summary>
    /// <param name="first">The place of the first value of the packet.</param>
    /// <param name="rest">The place of the first one after it.</param>
    internal readonly void PutBehind(int first, int rest)
    {
        int place = first;
        while (place < rest && Fields.Values[place].Depth > 0)
            place++;
        if (place < rest)
            Fields.Move(rest, place);
    }

    /// <summary>Adds an IPv6 address of which the wire has only the first octets, or only the last.</summary>
    /// <param name="field">Its field.</param>
    /// <param name="offset">Where they are.</param>
    /// <param name="length">How many they are; no more than 16 are taken.</param>
    /// <param name="skipped">How many octets are left out in front of them.</param>
    internal void Ipv6Part(Field field, int offset, int length, int skipped = 0)
    {
        const int AddressLength = 16;
        length = Math.Min(length, AddressLength - skipped);
        if (!Has(offset, length) || !Fields.IsWanted(field))
            return;
        Span<byte> address = stackalloc byte[AddressLength];
        address.Clear();
        Octets.Slice(offset, length).CopyTo(address[skipped..]);
        Fields.AddMade(field, address);
    }

    /// <summary>Adds octets, text or an address as they lie.</summary>
    /// <param name="field">Their field.</param>
    /// <param name="offset">Where they begin.</param>
    /// <param name="length">How many.</param>
    internal void Part(Field field, int offset, int length)
    {
        if (Has(offset, length))
            Fields.AddOctets(field, offset, length);
    }

    /// <summary>Adds an IPv4 address.</summary>
    /// <param name="field">Its field.</param>
    /// <param name="offset">Where it is.</param>
    internal void Ipv4(Field field, int offset) => Number(field, offset, 4);

    /// <summary>Adds a protocol: its octets, as far as they were captured.</summary>
    /// <param name="field">The protocol.</param>
    /// <param name="offset">Where it begins.</param>
    /// <param name="length">How long it is.</param>
    internal readonly void Protocol(Field field, int offset, int length)
    {
        Fields.Add(field, 0, offset, Captured(offset, length));
        if (field.IsLayer)
            Fields.AddLayer(field.Name);
    }

    /// <summary>Adds a line that the values lie under which come next, one step deeper.</summary>
    /// <param name="text">The line, in UTF-8.</param>
    internal readonly void Label(string text) => Fields.AddText(FrameFields.Text, $"{text}");

    /// <summary>Adds what an expert remarks of the value that was added last: the label of the remark is its message.</summary>
    /// <param name="finding">The remark.</param>
    /// <param name="offset">Where it is about.</param>
    internal readonly void Remark(Field finding, int offset) => Fields.Remark(finding, offset, $"{finding.Label}");

    /// <summary>Says behind the value added last how long so many seconds are, in words.</summary>
    /// <param name="seconds">The seconds.</param>
    internal readonly void SaySeconds(uint seconds)
    {
        ReadOnlySpan<(uint Seconds, string Name)> units = [(86_400, "day"), (3600, "hour"), (60, "minute"), (1, "second")];
        Fields.SayMore($" (");
        bool isFirst = true;
        foreach ((uint unit, string name) in units)
        {
            uint count = seconds / unit;
            seconds %= unit;
            if (count == 0 && !(isFirst && unit == 1))
                continue;
            Fields.SayMore($"{(isFirst ? "" : ", ")}{count} {name}{(count == 1 ? "" : "s")}");
            isFirst = false;
        }

        Fields.SayMore($")");
    }

    /// <summary>Adds an address as text.</summary>
    /// <param name="field">Its field.</param>
    /// <param name="offset">Where the address is.</param>
    /// <param name="length">Its octets: 4 or 16.</param>
    internal void AddressText(Field field, int offset, int length)
    {
        if (!Fields.IsWanted(field) || !Has(offset, length))
            return;
        Span<byte> text = stackalloc byte[Analysis.Fields.AddressText.Longest];
        int written = Analysis.Fields.AddressText.Write(Octets.Slice(offset, length), text);
        Fields.AddMade(field, text[..written]);
    }
}
