using System.Buffers.Binary;
using NetWhy.Analysis.Fields;
using NetWhy.Analysis.Summaries;
using NetWhy.Analysis.Tcp;

namespace NetWhy.Analysis.Dissection;

/// <summary>A packet that is being read: what its dissectors read from, and what they add to.</summary>
/// <remarks>
/// Reading behind the end of what was captured, or of what is read, gives 0 and sets <see cref="IsShort"/>: nothing is added from
/// there on, up to where somebody takes note (<see cref="TakeNote"/>). Dissectors are straight lines that look at it where a
/// length would lead astray.
/// </remarks>
internal ref struct Dissection
{
    internal const int DeepestNesting = 32;

    private int _depth;
    private int _limit; // behind it nothing can be read

    /// <summary>Begins to read a packet.</summary>
    /// <param name="octets">What was captured of it.</param>
    /// <param name="fields">Where its values go.</param>
    /// <param name="memory">What is remembered of the packets before.</param>
    /// <param name="length">How long it is: more than was captured where that was cut.</param>
    internal Dissection(ReadOnlySpan<byte> octets, int length, PacketFields fields, CaptureMemory memory)
    {
        Octets = octets;
        Bound = length;
        _limit = Math.Min(octets.Length, length);
        Fields = fields;
        Memory = memory;
    }

    /// <summary>What was captured.</summary>
    internal ReadOnlySpan<byte> Octets { readonly get; private set; }

    /// <summary>Where ends what is read, as its length says.</summary>
    internal int Bound { readonly get; private set; }

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

    /// <summary>Whether something was to be read that is not there, and nobody took note of it so far.</summary>
    internal readonly bool IsShort => Memory.Fault.Kind != FaultKind.None;

    /// <summary>Whether what is read now is quoted by an ICMP error.</summary>
    internal bool IsQuoted { get; set; }

    /// <summary>Whether what is read now is a first fragment whose datagram is not at hand: how long it is cannot be known.</summary>
    internal bool IsFragment { get; set; }

    /// <summary>Whether the checksum of the segment that is read now was found to be wrong: it is not put together with others.</summary>
    internal bool IsDamaged { readonly get; set; }

    /// <summary>How many VLAN tags were read.</summary>
    internal byte Tags { readonly get; set; }

    /// <summary>The addresses of the innermost IP header so far.</summary>
    internal TcpEndpoint Source { readonly get; set; }

    /// <inheritdoc cref="Source"/>
    internal TcpEndpoint Destination { readonly get; set; }

    /// <summary>Whether a route leads to another destination, which is not known: checksums that cover it cannot be verified.</summary>
    internal bool IsEndUnknown { readonly get; set; }

    /// <summary>Identification of the innermost IPv4 header so far; 0 if there is none.</summary>
    internal ushort Identification { readonly get; set; }

    /// <summary>The time to live, or hop limit, of that header.</summary>
    internal byte TimeToLive { readonly get; set; }

    /// <summary>The place behind the values of the innermost TCP header so far.</summary>
    internal int HeaderEnd { readonly get; set; }

    /// <summary>The place of the piece of a message that completes what is read now: what the message adds to the header of TCP goes before it; 0 for none.</summary>
    internal int PieceAt { readonly get; set; }

    /// <summary>The place behind the values of the records of TLS, where something that they carry follows; 0 where nothing does.</summary>
    internal int RecordsEnd { readonly get; set; }

    /// <summary>Where the packet was seen.</summary>
    internal CapturePlace Place { readonly get; set; }

    /// <summary>Reads on in data that was put together from several packets.</summary>
    /// <param name="octets">The data.</param>
    internal readonly Dissection Over(ReadOnlySpan<byte> octets) => new(octets, octets.Length, Fields, Memory)
    {
        FrameNumber = FrameNumber,
        Nanoseconds = Nanoseconds,
        Source = Source,
        Destination = Destination,
        IsEndUnknown = IsEndUnknown,
        Identification = Identification,
        TimeToLive = TimeToLive,
        Place = Place,
        HeaderEnd = HeaderEnd,
        PieceAt = PieceAt,
        RecordsEnd = RecordsEnd,
        _depth = _depth,
    };

    /// <summary>Tells what an application said, if somebody asks.</summary>
    /// <param name="carrier">What carried it.</param>
    /// <param name="stream">Number of the stream, or of the connection.</param>
    /// <param name="inner">Number of the stream in it; 0 where there are none.</param>
    /// <param name="data">What was said.</param>
    /// <param name="isSign">Whether it is no data: see <see cref="CarriedPart.IsSign"/>.</param>
    internal readonly void Tell(Carrier carrier, long stream, long inner, ReadOnlySpan<byte> data, bool isSign = false)
    {
        Memory.Carried?.Carried(new CarriedPart
        {
            Carrier = carrier,
            Stream = stream,
            Inner = inner,
            IsSign = isSign,
            Frame = FrameNumber,
            Nanoseconds = Nanoseconds,
            Source = Source,
            Destination = Destination,
            Data = data,
        });
    }

    /// <summary>Goes one protocol deeper.</summary>
    /// <returns>Whether that is allowed: nesting is bounded.</returns>
    internal bool Enter()
    {
        Memory.Fault.Enter(_depth);
        return ++_depth <= DeepestNesting;
    }

    /// <summary>Comes back.</summary>
    internal void Leave() => Memory.Fault.Leave(--_depth);

    /// <summary>Goes into a part: what lies behind its end is none of it.</summary>
    /// <param name="end">The end.</param>
    /// <returns>What <see cref="Release"/> takes.</returns>
    internal int Confine(int end)
    {
        int before = Bound;
        Bound = Math.Min(before, Math.Max(0, end));
        _limit = Math.Min(Octets.Length, Bound);
        return before;
    }

    /// <summary>Undoes <see cref="Confine"/>.</summary>
    /// <param name="before">What it gave.</param>
    internal void Release(int before)
    {
        Bound = before;
        _limit = Math.Min(Octets.Length, Bound);
    }

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

    /// <summary>Whether octets are there.</summary>
    /// <param name="offset">Where they begin.</param>
    /// <param name="length">How many.</param>
    internal readonly bool Has(int offset, int length) => offset >= 0 && length >= 0 && (long)offset + length <= _limit;

    /// <summary>Says that octets must be there: if they are not, nothing is read any more.</summary>
    /// <param name="offset">Where they begin.</param>
    /// <param name="length">How many.</param>
    /// <returns>Whether they are.</returns>
    internal readonly bool Need(int offset, int length)
    {
        if (Has(offset, length))
            return true;
        Break(isCut: offset >= 0 && length >= 0 && (long)offset + length <= Bound);
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
        _limit = Math.Min(Octets.Length, Bound);
        return before;
    }

    /// <summary>Undoes <see cref="Narrow"/>.</summary>
    /// <param name="before">What it gave.</param>
    internal void Widen(ReadOnlySpan<byte> before)
    {
        Octets = before;
        _limit = Math.Min(Octets.Length, Bound);
    }

    /// <summary>Says that a message ends before what it announces: nothing is read any more.</summary>
    internal readonly void Malform() => Break(isCut: Octets.Length < Bound);

    private readonly void Break(bool isCut)
    {
        if (IsShort)
            return;
        Memory.Fault.Raise(isCut ? FaultKind.Cut : IsFragment ? FaultKind.Unreassembled : FaultKind.Malformed);
        Fields.Halt();
        Summary?.Halt();
    }

    /// <summary>Reads on where something was to be read that is not there: it is asked for again later.</summary>
    internal readonly void Postpone()
    {
        if (!IsShort)
            return;
        _ = Memory.Fault.Settle();
        Fields.Resume();
        Summary?.Resume();
    }

    /// <summary>Takes note of what a quoted packet lacks, if it lacks something; what was not captured, the packet lacks that quotes it.</summary>
    /// <param name="reader">The protocol that is said to have wanted it.</param>
    internal readonly void TakeNoteOfQuoted(Field reader)
    {
        if (Memory.Fault.Kind is FaultKind.Cut)
            Memory.Fault.Blame(reader);
        else
            TakeNote();
    }

    /// <summary>Takes note of what was to be read and is not there, if there is such: values are added again.</summary>
    internal readonly void TakeNote()
    {
        if (!IsShort)
            return;
        Fields.Resume();
        Summary?.Resume();
        FaultFields.Add(Fields, Summary, Memory.Fault);
    }

    /// <summary>What was captured of a part.</summary>
    /// <param name="offset">Where it begins.</param>
    /// <param name="length">How long it is.</param>
    internal readonly ReadOnlySpan<byte> Rest(int offset, int length) => Octets.Slice(Math.Min(offset, Octets.Length), Captured(offset, length));

    /// <summary>How much of a part was captured.</summary>
    /// <param name="offset">Where it begins.</param>
    /// <param name="length">How long it is.</param>
    internal readonly int Captured(int offset, int length) => Math.Clamp(Octets.Length - offset, 0, Math.Max(0, length));

    /// <summary>An octet.</summary>
    /// <param name="offset">Where.</param>
    internal readonly byte U8(int offset) => Need(offset, 1) ? Octets[offset] : (byte)0;

    /// <summary>Two octets, big-endian.</summary>
    /// <param name="offset">Where.</param>
    internal readonly ushort U16(int offset) => Need(offset, 2) ? BinaryPrimitives.ReadUInt16BigEndian(Octets[offset..]) : (ushort)0;

    /// <summary>Four octets, big-endian.</summary>
    /// <param name="offset">Where.</param>
    internal readonly uint U32(int offset) => Need(offset, 4) ? BinaryPrimitives.ReadUInt32BigEndian(Octets[offset..]) : 0;

    /// <summary>A big-endian integer of up to eight octets.</summary>
    /// <param name="offset">Where.</param>
    /// <param name="length">Its octets.</param>
    internal readonly ulong Integer(int offset, int length)
    {
        if (!Need(offset, length))
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
    internal readonly ulong Number(Field field, int offset, int length)
    {
        if (!Need(offset, length))
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
    internal readonly void Bits(Field field, int offset, int length, ulong mask)
    {
        if (!Need(offset, length) || !Fields.IsWanted(field))
            return;
        ulong value = (Integer(offset, length) & mask) >> System.Numerics.BitOperations.TrailingZeroCount(mask);
        Fields.Add(field, value, offset, length);
    }

    /// <summary>Adds the bits of an integer that are a field's own.</summary>
    /// <param name="field">Their field.</param>
    /// <param name="offset">Where the integer is.</param>
    /// <param name="length">Its octets.</param>
    internal readonly void Bits(Field field, int offset, int length) => Bits(field, offset, length, field.Mask);

    /// <summary>Adds an integer, behind it the names of the flags that are set, and its parts.</summary>
    /// <param name="whole">The integer.</param>
    /// <param name="offset">Where it is.</param>
    /// <param name="parts">Its parts, by their masks.</param>
    internal readonly void Flags(Field whole, int offset, ReadOnlySpan<Field> parts)
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

    /// <summary>Puts values that were added last to those of the TCP header.</summary>
    /// <param name="first">The place of the first of them.</param>
    internal void PutToHeader(int first)
    {
        int count = Fields.Last + 1 - first;
        Fields.Move(first, PieceAt > 0 ? PieceAt : HeaderEnd);
        if (PieceAt > 0)
            PieceAt += count;
        HeaderEnd += count;
        if (RecordsEnd > 0)
            RecordsEnd += count;
    }

    /// <summary>Puts values that were added last to those of the records of TLS: what these carry stands behind all of them.</summary>
    /// <param name="first">The place of the first of them.</param>
    internal void PutToRecords(int first)
    {
        if (RecordsEnd == 0)
            return;
        int count = Fields.Last + 1 - first;
        Fields.Move(first, RecordsEnd);
        RecordsEnd += count;
    }

    /// <summary>Takes over where values were put while other data was read.</summary>
    /// <param name="other">How that was read.</param>
    internal void Follow(in Dissection other)
    {
        HeaderEnd = other.HeaderEnd;
        RecordsEnd = other.RecordsEnd;
    }

    /// <summary>Adds an IPv6 address of which the wire has only the first octets, or only the last.</summary>
    /// <param name="field">Its field.</param>
    /// <param name="offset">Where they are.</param>
    /// <param name="length">How many they are; no more than 16 are taken.</param>
    /// <param name="skipped">How many octets are left out in front of them.</param>
    internal readonly void Ipv6Part(Field field, int offset, int length, int skipped = 0)
    {
        const int AddressLength = 16;
        length = Math.Min(length, AddressLength - skipped);
        if (!Need(offset, length) || !Fields.IsWanted(field))
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
    internal readonly void Part(Field field, int offset, int length)
    {
        if (Need(offset, length))
            Fields.AddOctets(field, offset, length);
    }

    /// <summary>Adds an IPv4 address.</summary>
    /// <param name="field">Its field.</param>
    /// <param name="offset">Where it is.</param>
    internal readonly void Ipv4(Field field, int offset) => Number(field, offset, 4);

    /// <summary>Adds a protocol: its octets, as far as they were captured.</summary>
    /// <param name="field">The protocol.</param>
    /// <param name="offset">Where it begins.</param>
    /// <param name="length">How long it is.</param>
    internal readonly void Protocol(Field field, int offset, int length)
    {
        if (field.IsLayer)
            Begin(field);
        Fields.Add(field, 0, offset, Captured(offset, length));
    }

    /// <summary>Notes a protocol that is read now.</summary>
    /// <param name="field">The protocol.</param>
    internal readonly void Begin(Field field)
    {
        Memory.Fault.Current = field;
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
    internal readonly void AddressText(Field field, int offset, int length)
    {
        if (!Fields.IsWanted(field) || !Need(offset, length))
            return;
        Span<byte> text = stackalloc byte[Analysis.Fields.AddressText.Longest];
        int written = Analysis.Fields.AddressText.Write(Octets.Slice(offset, length), text);
        Fields.AddMade(field, text[..written]);
    }
}
