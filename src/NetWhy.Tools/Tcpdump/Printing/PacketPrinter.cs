using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using NetWhy.Linux;
using NetWhy.Tools.Tcpdump.Printing.Application;
using NetWhy.Tools.Tcpdump.Printing.Application.Isakmp;
using NetWhy.Tools.Tcpdump.Printing.Link;

namespace NetWhy.Tools.Tcpdump.Printing;

/// <summary>Prints packets as tcpdump 4.99 prints them. One printer serves one capture, on one thread.</summary>
/// <remarks>
/// A protocol's printer is a static class with a method <c>Print(PacketPrinter, ReadOnlySpan&lt;byte&gt; octets, int length, …)</c>:
/// <c>octets</c> is what was captured of the protocol and what encloses it (it may be shorter than the packet was, and longer
/// if there is padding), <c>length</c> what its header's header says. It reads with <see cref="U8"/> and the like. Reading
/// behind the end gives 0, mutes the printer, and ends the packet with <c>[|protocol]</c>, the protocol being
/// <see cref="Protocol"/> at that moment. Loops must end by themselves, or look at <see cref="IsCut"/>.
/// </remarks>
/// <param name="options">How.</param>
/// <param name="names">Names of addresses and ports.</param>
/// <param name="clock">The time zone.</param>
internal sealed class PacketPrinter(PrintOptions options, NameResolver names, LocalClock clock)
{
    private const int Deepest = 64; // protocols in each other; captures of the real world have a dozen

    private readonly Timestamps _timestamps = new(options, clock);
    private int _depth;

    /// <summary>What it has printed.</summary>
    internal PacketText Text { get; } = new();

    /// <summary>How it prints.</summary>
    internal PrintOptions Options { get; } = options;

    /// <summary>Number of <c>-v</c>; less of it counts inside some protocols.</summary>
    internal int Verbosity { get; set; } = options.Verbosity;

    /// <summary>Names of addresses and ports.</summary>
    internal NameResolver Names { get; } = names;

    /// <summary>What is printed between the time and the packet.</summary>
    internal string Note { get; set; } = "";

    /// <summary>Names of the interfaces of this machine.</summary>
    internal InterfaceNames InterfaceNames { get; } = new();

    /// <summary>What NFS was asked for.</summary>
    internal NfsCalls NfsCalls { get; } = new();

    /// <summary>What AFS was asked for.</summary>
    internal RxCalls RxCalls { get; } = new();

    /// <summary>What TCP connections were seen.</summary>
    internal SequenceNumbers Sequences { get; } = new();

    /// <summary>What SLIP compressed.</summary>
    internal SlipConnections SlipConnections { get; } = new();

    /// <summary>Who began key exchanges.</summary>
    internal IkeInitiators Initiators { get; } = new();

    /// <summary>The protocol being printed, as it stands in <c>[|protocol]</c>: the one that the capture ends in, once it has ended.</summary>
    internal string Protocol
    {
        get;
        set => field = IsCut ? field : value;
    } = "";

    /// <summary>Octets of the link's header, which <c>-x</c> leaves out.</summary>
    internal int LinkHeaderLength { get; set; }

    /// <summary>Whether something was read behind the end of the capture: no more is printed of this packet.</summary>
    internal bool IsCut => Text.IsMuted;

    /// <summary>Prints one packet with its line's end.</summary>
    /// <param name="number">Its number, from 1.</param>
    /// <param name="seconds">The whole seconds of its time since 1970.</param>
    /// <param name="fraction">The nanoseconds beside them; more than a second's in a broken capture.</param>
    /// <param name="linkType">What its first header is; source: pcap-linktype(7).</param>
    /// <param name="octets">What was captured.</param>
    /// <param name="length">What it was long.</param>
    internal void Print(long number, long seconds, long fraction, int linkType, ReadOnlySpan<byte> octets, long length)
    {
        if (Options.ShowsNumber)
            Pad(number, 5);
        if (!IsSane(octets.Length, length))
            return;
        if (Options.ShowsLengths)
            Put($"caplen {octets.Length}, len {length}, ");
        _timestamps.Print(Text, seconds, fraction);
        Put(Note);

        Protocol = "";
        LinkHeaderLength = 0;
        _depth = 0;
        LinkPrinter.Print(this, linkType, octets, (int)length);
        if (Text.IsMuted)
        {
            Text.IsMuted = false;
            Put($" [|{Protocol}]");
        }

        if (Options.Dump is not DumpStyle.None)
            HexDump.Print(this, Options.Dump, octets[(Options.DumpsLink ? 0 : Math.Min(LinkHeaderLength, octets.Length))..]);
        Put("\n");
    }

    private const int LongestPacket = 262_144;

    private bool IsSane(int captured, long length)
    {
        int start = Text.Length;
        void Complain(string text)
        {
            Put(Text.Length == start ? "[Invalid header:" : ",");
            Put(text);
        }

        if (captured == 0)
            Complain(" caplen==0");
        if (length == 0)
            Complain(" len==0");
        else if (length < captured)
            Complain(string.Create(System.Globalization.CultureInfo.InvariantCulture, $" len({length}) < caplen({captured})"));
        if (captured > LongestPacket)
            Complain(string.Create(System.Globalization.CultureInfo.InvariantCulture, $" caplen({captured}) > {LongestPacket}"));
        if (length > LongestPacket)
            Complain(string.Create(System.Globalization.CultureInfo.InvariantCulture, $" len({length}) > {LongestPacket}"));
        if (Text.Length == start)
            return true;
        Put("]\n");
        return false;
    }

    private void Pad(long number, int width)
    {
        for (long bound = 10, i = 1; i < width; i++, bound *= 10)
        {
            if (number < bound)
                Text.Add((byte)' ');
        }

        Put($"{number}  ");
    }

    /// <summary>Goes into a protocol inside another; false if too many are inside each other.</summary>
    internal bool Enter()
    {
        if (_depth++ < Deepest)
            return true;
        Put("[nested too deep]");
        return false;
    }

    /// <summary>Comes out of it.</summary>
    internal void Leave() => _depth--;

    /// <summary>Prints ASCII text as it is.</summary>
    /// <param name="text">The text.</param>
    internal void Put(string text) => Text.Add(text);

    /// <summary>Prints an interpolated string, without making one.</summary>
    /// <param name="text">The string; formats: see <see cref="PacketTextHandler"/>.</param>
    internal void Put([InterpolatedStringHandlerArgument("")] PacketTextHandler text)
    {
        _ = text;
        Text.Begin = -1;
    }

    /// <summary>Ends the packet here: the capture does not reach on.</summary>
    /// <remarks>Of an interpolated string, all or nothing is printed: nothing if what it tells was not captured.</remarks>
    internal void Cut()
    {
        if (!Text.IsMuted && Text.Begin >= 0)
            Text.CutTo(Text.Begin);
        Text.IsMuted = true;
    }

    /// <summary>Prints that the protocol is cut short, and goes on.</summary>
    internal void Truncated() => Put($" [|{Protocol}]");

    /// <summary>Prints that the protocol breaks its rules.</summary>
    internal void Invalid() => Put(" (invalid)");

    /// <summary>Whether octets were captured.</summary>
    /// <param name="octets">What was captured.</param>
    /// <param name="at">The first of them.</param>
    /// <param name="count">How many.</param>
    internal static bool Has(ReadOnlySpan<byte> octets, int at, int count) =>
        (uint)at <= (uint)octets.Length && (uint)count <= (uint)(octets.Length - at);

    /// <summary>Ends the packet here unless octets were captured.</summary>
    /// <inheritdoc cref="Has"/>
    internal bool Need(ReadOnlySpan<byte> octets, int at, int count)
    {
        if (Has(octets, at, count))
            return true;
        Cut();
        return false;
    }

    /// <summary>What follows an offset; nothing if that lies behind the end.</summary>
    /// <param name="octets">What was captured.</param>
    /// <param name="at">The offset.</param>
    internal static ReadOnlySpan<byte> From(ReadOnlySpan<byte> octets, int at) =>
        (uint)at < (uint)octets.Length ? octets[at..] : [];

    /// <summary>What was captured of a number of octets.</summary>
    /// <param name="octets">What was captured.</param>
    /// <param name="count">The number.</param>
    internal static ReadOnlySpan<byte> First(ReadOnlySpan<byte> octets, int count) =>
        octets[..Math.Clamp(count, 0, octets.Length)];

    /// <summary>What was captured of a number of octets behind an offset.</summary>
    /// <param name="octets">What was captured.</param>
    /// <param name="at">The offset.</param>
    /// <param name="count">The number.</param>
    internal static ReadOnlySpan<byte> Part(ReadOnlySpan<byte> octets, int at, int count) => First(From(octets, at), count);

    /// <summary>Reads one octet; 0, and the packet ends here, if it was not captured.</summary>
    /// <param name="octets">What was captured.</param>
    /// <param name="at">Where.</param>
    internal byte U8(ReadOnlySpan<byte> octets, int at)
    {
        if ((uint)at < (uint)octets.Length)
            return octets[at];
        Cut();
        return 0;
    }

    /// <summary>Reads two octets, most significant first.</summary>
    /// <inheritdoc cref="U8"/>
    internal ushort U16(ReadOnlySpan<byte> octets, int at) =>
        Need(octets, at, 2) ? BinaryPrimitives.ReadUInt16BigEndian(octets[at..]) : (ushort)0;

    /// <summary>Reads three octets, most significant first.</summary>
    /// <inheritdoc cref="U8"/>
    internal uint U24(ReadOnlySpan<byte> octets, int at) =>
        Need(octets, at, 3) ? ((uint)octets[at] << 16) | ((uint)octets[at + 1] << 8) | octets[at + 2] : 0;

    /// <summary>Reads four octets, most significant first.</summary>
    /// <inheritdoc cref="U8"/>
    internal uint U32(ReadOnlySpan<byte> octets, int at) =>
        Need(octets, at, 4) ? BinaryPrimitives.ReadUInt32BigEndian(octets[at..]) : 0;

    /// <summary>Reads eight octets, most significant first.</summary>
    /// <inheritdoc cref="U8"/>
    internal ulong U64(ReadOnlySpan<byte> octets, int at) =>
        Need(octets, at, 8) ? BinaryPrimitives.ReadUInt64BigEndian(octets[at..]) : 0;

    /// <summary>Reads up to eight octets, most significant first.</summary>
    /// <param name="octets">What was captured.</param>
    /// <param name="at">Where.</param>
    /// <param name="count">How many.</param>
    internal ulong U(ReadOnlySpan<byte> octets, int at, int count)
    {
        if (!Need(octets, at, count))
            return 0;
        ulong value = 0;
        foreach (byte octet in octets.Slice(at, count))
            value = (value << 8) | octet;
        return value;
    }

    /// <summary>Reads two octets, least significant first.</summary>
    /// <inheritdoc cref="U8"/>
    internal ushort L16(ReadOnlySpan<byte> octets, int at) =>
        Need(octets, at, 2) ? BinaryPrimitives.ReadUInt16LittleEndian(octets[at..]) : (ushort)0;

    /// <summary>Reads four octets, least significant first.</summary>
    /// <inheritdoc cref="U8"/>
    internal uint L32(ReadOnlySpan<byte> octets, int at) =>
        Need(octets, at, 4) ? BinaryPrimitives.ReadUInt32LittleEndian(octets[at..]) : 0;

    /// <summary>Reads eight octets, least significant first.</summary>
    /// <inheritdoc cref="U8"/>
    internal ulong L64(ReadOnlySpan<byte> octets, int at) =>
        Need(octets, at, 8) ? BinaryPrimitives.ReadUInt64LittleEndian(octets[at..]) : 0;
}
