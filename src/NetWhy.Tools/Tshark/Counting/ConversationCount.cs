using System.Buffers;
using System.Globalization;
using NetWhy.Analysis.Fields;

namespace NetWhy.Tools.Tshark.Counting;

/// <summary>Counts packets and octets of conversations, each way. Source: tshark(1), -z conv.</summary>
/// <param name="ends">What conversations are told apart by.</param>
/// <param name="filterText">The filter of what it sees, as given.</param>
/// <param name="time">How it is shown when they began.</param>
internal sealed class ConversationCount(EndKind ends, string filterText, TsharkTime time) : IShownSink
{
    private const long Second = 1_000_000_000;
    private const int MostConversations = 1 << 20;

    private readonly Dictionary<(ConversationEnd, ConversationEnd), Conversation> _byEnds = [];
    private readonly List<Conversation> _all = [];
    private readonly List<(ConversationEnd Source, ConversationEnd Destination)> _pairs = []; // of the packet that is looked at
    private long _left;

    /// <inheritdoc/>
    public void Want(PacketFields fields) => ends.Want(fields);

    /// <inheritdoc/>
    public void Take(in ShownPacket packet, IBufferWriter<byte> output)
    {
        ends.Find(packet.Fields, _pairs);
        foreach ((ConversationEnd source, ConversationEnd destination) in _pairs)
            Count(source, destination, packet.Record.Nanoseconds, packet.SinceFirst, packet.Record.OriginalLength);
    }

    /// <inheritdoc/>
    public void End(IBufferWriter<byte> output)
    {
        output.WriteText($"{new string('=', 80)}\n{ends.Title} Conversations\nFilter:{(filterText.Length == 0 ? "<No Filter>" : filterText)}\n");
        string indent = new(' ', ends.HasPorts ? 59 : 47);
        (string above, string below, string size) = time switch
        {
            TsharkTime.Epoch => ("       Relative       ", "         Start        ", "Bytes"),
            TsharkTime.Absolute or TsharkTime.Utc => (" Absolute Time  ", "      Start     ", "Size "),
            _ when PacketClock.HasDate(time) => (" Absolute Date  ", "     Start      ", "Size "),
            _ => ("    Relative    ", "      Start     ", "Bytes"),
        };
        output.WriteText($"{indent}|       <-      | |       ->      | |     Total     |{above}|   Duration   |\n");
        output.WriteText($"{indent}| Frames  {size} | | Frames  {size} | | Frames  {size} |{below}|              |\n");
        int width = ends.HasPorts ? 26 : 20;
        foreach (Conversation one in _all.OrderByDescending(one => one.Back.Packets + one.Forth.Packets))
        {
            string first = ends.HasPorts ? one.First.PortText : one.First.AddressText;
            string second = ends.HasPorts ? one.Second.PortText : one.Second.AddressText;
            output.WriteText(string.Create(CultureInfo.InvariantCulture,
                $"{first.PadRight(width)} <-> {second.PadRight(width)}  {one.Back}  {one.Forth}  {one.Back.Plus(one.Forth)}  {BeganText(one)}   {Lasted(one),12}\n"));
        }

        if (_left > 0)
            output.WriteText(string.Create(CultureInfo.InvariantCulture, $"{_left} packets are of conversations beyond the first {MostConversations}, which are not told apart\n"));
        output.WriteText($"{new string('=', 80)}\n");
    }

    // tshark has both times as such numbers, which decides how a half is rounded.
    private static string Lasted(Conversation one) => ((one.Ended / (double)Second) - (one.Began / (double)Second)).ToString("F4", CultureInfo.InvariantCulture);

    private string BeganText(Conversation one) => time switch
    {
        TsharkTime.Relative or TsharkTime.Delta or TsharkTime.DeltaDisplayed => Seconds(one.Began).PadLeft(14),
        TsharkTime.Epoch => (Math.Floor(one.BeganAt / (double)Second) + ((one.BeganAt % Second) / (double)Second)).ToString("F9", CultureInfo.InvariantCulture).PadLeft(20), // tshark has it as such a number
        _ => PacketClock.DateText(time, one.BeganAt),
    };

    private static string Seconds(long nanoseconds) =>
        (nanoseconds / (decimal)Second).ToString("F9", CultureInfo.InvariantCulture);

    private void Count(ConversationEnd source, ConversationEnd destination, long now, long since, uint length)
    {
        bool isForth = _byEnds.TryGetValue((source, destination), out Conversation? conversation);
        if (!isForth && !_byEnds.TryGetValue((destination, source), out conversation))
        {
            if (_all.Count == MostConversations)
            {
                _left++;
                return;
            }

            isForth = true;
            conversation = new Conversation { First = source, Second = destination, Began = since, BeganAt = now };
            _byEnds[(source, destination)] = conversation;
            _all.Add(conversation);
        }

        if (isForth)
            conversation!.Forth = conversation.Forth.Plus(length);
        else
            conversation!.Back = conversation.Back.Plus(length);
        conversation.Ended = since;
    }

    private sealed class Conversation
    {
        internal ConversationEnd First { get; init; }

        internal ConversationEnd Second { get; init; }

        internal long Began { get; init; } // since the first packet

        internal long BeganAt { get; init; } // since 1970

        internal long Ended { get; set; }

        internal Volume Forth { get; set; }

        internal Volume Back { get; set; }
    }
}

/// <summary>Packets and octets.</summary>
/// <param name="Packets">How many packets.</param>
/// <param name="Octets">How many octets.</param>
internal readonly record struct Volume(long Packets, long Octets)
{
    /// <summary>This and one packet more.</summary>
    /// <param name="length">Its length.</param>
    internal Volume Plus(uint length) => new(Packets + 1, Octets + length);

    /// <summary>This and another one.</summary>
    /// <param name="other">The other one.</param>
    internal Volume Plus(Volume other) => new(Packets + other.Packets, Octets + other.Octets);

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Packets,6} {InUnits(Octets),-9}");

    // Whole units, from ten of them on.
    private static string InUnits(long octets) => octets switch
    {
        >= 10_000_000_000_000 => $"{octets / 1_000_000_000_000} TB",
        >= 10_000_000_000 => $"{octets / 1_000_000_000} GB",
        >= 10_000_000 => $"{octets / 1_000_000} MB",
        >= 10_000 => $"{octets / 1000} kB",
        _ => $"{octets} bytes",
    };
}
