using System.Globalization;
using NetWhy.Analysis.Flows;
using NetWhy.Analysis.Tcp;
using NetWhy.Diagnose;
using NetWhy.Linux;
using NetWhy.Wire;

namespace NetWhy.App.Render;

/// <summary>Shows one conversation as a ladder: its two ends left and right, time downwards, a packet an arrow.</summary>
internal sealed class Ladder
{
    private const int TimeWidth = 11; // of seconds with microseconds
    private const int NarrowestLane = 24;
    private const int ShortestArrow = 4;
    private const int LongestMessage = 300; // characters: what is said of a message, not the message

    private readonly Page _page;
    private readonly LadderItems _items;
    private readonly StreamSegment _first;
    private readonly int _packetWidth;
    private readonly int _lane; // columns between the two ends
    private readonly string _bar;
    private readonly string _left;
    private readonly string _right;

    private Ladder(LadderItems items, Screen screen)
    {
        _items = items;
        _page = new Page(screen.Width, screen.IsUtf8);
        _first = items.Items[0].Event.Segment;
        uint last = items.Items[^1].Fold?.LastPacket ?? items.Items[^1].Event.Segment.Packet;
        _packetWidth = Math.Max("packet".Length, last.ToString(CultureInfo.InvariantCulture).Length);
        _lane = Math.Max(NarrowestLane, screen.Width - TimeWidth - _packetWidth - 5);
        _bar = screen.IsUtf8 ? "\u2502" : "|";
        bool isForward = _first.Analysis.IsForward;
        _left = SegmentWords.Of(isForward ? _first.Source : _first.Destination);
        _right = SegmentWords.Of(isForward ? _first.Destination : _first.Source);
    }

    /// <summary>The ladder of a conversation.</summary>
    /// <param name="items">Its packets; one at least.</param>
    /// <param name="file">The capture.</param>
    /// <param name="stream">Its number.</param>
    /// <param name="hasOwnNumber">Whether Wireshark may give it another number.</param>
    /// <param name="screen">Where it is shown.</param>
    public static Page Of(LadderItems items, string file, int stream, bool hasOwnNumber, Screen screen)
    {
        var ladder = new Ladder(items, screen);
        ladder.AddHeading(file, stream);
        foreach (LadderItem item in items.Items)
            ladder.Add(item);
        ladder.AddClosing(file, stream, hasOwnNumber);
        return ladder._page;
    }

    private void AddHeading(string file, int stream)
    {
        LadderItem last = _items.Items[^1];
        _page.Paragraph(
            new Piece("", Tone.Plain),
            new Piece(string.Create(CultureInfo.InvariantCulture, $"TCP stream {stream}"), Tone.Strong),
            new Piece(string.Create(CultureInfo.InvariantCulture, $" of {file}: {Words.Count(_items.Packets, "packet")} in {Words.Of(Span(last.End - _first.Nanoseconds))}, from {TimeOf(_first.Nanoseconds)}"), Tone.Plain));
        _page.Blank();
        int gap = _lane + 2 - _left.Length - _right.Length;
        string margin = $"{"seconds",TimeWidth}  {"packet".PadLeft(_packetWidth)} ";
        if (gap >= 1)
        {
            _page.Line(new Piece(margin, Tone.Dim), new Piece(_left + new string(' ', gap) + _right, Tone.Strong));
            return;
        }

        _page.Line(new Piece(margin, Tone.Dim), new Piece(_left, Tone.Strong));
        _page.Line(new Piece(new string(' ', Math.Max(0, margin.Length + _lane + 2 - _right.Length)), Tone.Plain), new Piece(_right, Tone.Strong));
    }

    private void Add(LadderItem item)
    {
        if (item.Quiet >= _items.GapFrom)
            AddInLane("", _page.IsUtf8 ? $"\u22ee {Words.Of(Span(item.Quiet))} without a packet" : $": {Words.Of(Span(item.Quiet))} without a packet", Tone.Warning, isRight: false);
        if (item.Fold is { } fold)
            AddFold(item, fold);
        else
            AddPacket(item.Event);
    }

    private void AddPacket(in StreamEvent one)
    {
        StreamSegment segment = one.Segment;
        string margin = Margin(segment.Nanoseconds, segment.Packet);
        if (!segment.IsWhole)
        {
            AddInLane(margin, one.Message is null ? "a fragment of a packet" : $"{one.Protocol}: {Cut(one.Message, LongestMessage)}", Tone.Warning, isRight: false);
            return;
        }

        bool isForward = segment.Analysis.IsForward;
        IReadOnlyList<string> flags = SegmentWords.OfWireshark(segment.Analysis);
        string? verdict = SegmentWords.OfVerdict(segment, isForward ? _right : _left);
        bool isBad = segment.Flags.HasFlag(TcpFlags.Rst) || verdict is not null || segment.Analysis.Flags.HasFlag(TcpAnalysisFlags.ZeroWindow);
        AddArrow(margin, segment, isBad ? Tone.Bad : flags.Count > 0 ? Tone.Warning : Tone.Plain);
        if (one.Message is { } message)
            AddInLane("", message.StartsWith(one.Protocol!, StringComparison.Ordinal) ? Cut(message, LongestMessage) : $"{one.Protocol} {Cut(message, LongestMessage)}", Tone.Code, isRight: !isForward);
        if (verdict is not null)
            AddInLane("", $"! {verdict}", Tone.Bad, isRight: false);
        if (flags.Count > 0)
            AddInLane("", $"{(verdict is null ? "" : "  ")}Wireshark: {string.Join(", ", flags)}", Tone.Warning, isRight: false);
    }

    private void AddArrow(string margin, in StreamSegment segment, Tone tone)
    {
        string text = LabelOf(segment, _lane - ShortestArrow - 2);
        int line = _lane - text.Length - 3;
        bool isUtf8 = _page.IsUtf8;
        string shaft = new(isUtf8 ? '\u2500' : '-', Math.Max(0, line));
        string inLane = segment.Analysis.IsForward ? $" {text} {shaft}{(isUtf8 ? '\u25b6' : '>')}" : $"{(isUtf8 ? '\u25c0' : '<')}{shaft} {text} ";
        _page.Line(new Piece(margin, Tone.Dim), new Piece(_bar, Tone.Plain), new Piece(inLane.PadRight(_lane), tone), new Piece(_bar, Tone.Plain));
    }

    // What matters least is left out first where the lane is narrow.
    private static string LabelOf(in StreamSegment segment, int room)
    {
        var parts = new List<(int Rank, string Text)> { (segment.Length > 0 ? 4 : 0, SegmentWords.Of(segment.Flags)) };
        CultureInfo plain = CultureInfo.InvariantCulture;
        if (segment.Length > 0 || (segment.Flags & (TcpFlags.Syn | TcpFlags.Fin | TcpFlags.Rst)) != 0 || segment.Analysis.Flags.HasFlag(TcpAnalysisFlags.KeepAlive))
            parts.Add((1, string.Create(plain, $"seq {segment.Sequence}")));
        if (segment.Length > 0)
            parts.Add((0, string.Create(plain, $"len {segment.Length}")));
        if (segment.Flags.HasFlag(TcpFlags.Ack))
            parts.Add((2, string.Create(plain, $"ack {segment.Acknowledgment}")));
        if (!segment.Flags.HasFlag(TcpFlags.Rst))
            parts.Add((3, string.Create(plain, $"win {segment.Window}")));
        if (segment.SegmentSize > 0)
            parts.Add((5, string.Create(plain, $"mss {segment.SegmentSize}")));
        for (int index = 0; index < segment.BlockCount; index++)
            parts.Add((6 + index, string.Create(plain, $"sack {segment.Block(index).Left}-{segment.Block(index).Right}")));
        while (parts.Count > 1 && parts.Sum(part => part.Text.Length + 1) - 1 > room)
            parts.RemoveAt(parts.FindIndex(part => part.Rank == parts.Max(other => other.Rank)));
        return Cut(string.Join(' ', parts.Select(part => part.Text)), Math.Max(1, room));
    }

    private void AddFold(LadderItem item, LadderFold fold)
    {
        string[] ways = [.. ((bool[])[true, false]).Select(isForward => WayOf(fold, isForward)).Where(text => text.Length > 0)];
        string margin = Margin(item.Event.Segment.Nanoseconds, item.Event.Segment.Packet);
        string dots = _page.IsUtf8 ? "\u2026" : "...";
        AddInLane(margin, $"{dots} {string.Join("; ", ways)}; {TroubleOf(fold)}", fold.Repeats + fold.ZeroWindows > 0 ? Tone.Warning : Tone.Dim, isRight: false);
        string quiet = fold.LongestQuiet >= _items.GapFrom ? $", the longest wait {Words.Of(Span(fold.LongestQuiet))}" : "";
        AddInLane("", string.Create(CultureInfo.InvariantCulture, $"  to packet {fold.LastPacket}, {Words.Of(Span(fold.LastTime - item.Event.Segment.Nanoseconds))}{quiet}"), Tone.Dim, isRight: false);
    }

    private string WayOf(LadderFold fold, bool isForward)
    {
        string arrow = _page.IsUtf8 ? isForward ? "\u2192" : "\u2190" : isForward ? "->" : "<-";
        List<string> parts = [];
        if (fold.Segments(isForward) is > 0 and var segments)
            parts.Add($"{Words.Count(segments, "segment")}, {Words.Octets(fold.Octets(isForward))}");
        if (fold.Acknowledgments(isForward) is > 0 and var acknowledgments)
            parts.Add(Words.Count(acknowledgments, "ACK"));
        return parts.Count == 0 ? "" : $"{arrow} {string.Join(", ", parts)}";
    }

    private static string TroubleOf(LadderFold fold)
    {
        List<string> parts = [];
        if (fold.Repeats > 0)
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"{fold.Repeats} sent again"));
        if (fold.Reordered > 0)
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"{fold.Reordered} overtaken"));
        if (fold.CapturedTwice > 0)
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"{fold.CapturedTwice} captured twice"));
        if (fold.Duplicates > 0)
            parts.Add(Words.Count(fold.Duplicates, "duplicate ACK"));
        if (fold.ZeroWindows > 0)
            parts.Add(Words.Count(fold.ZeroWindows, "closed window"));
        if (parts.Count == 0)
            parts.Add("no trouble");
        if (fold.Messages > 0)
            parts.Add(Words.Count(fold.Messages, "message"));
        return string.Join(", ", parts);
    }

    private void AddClosing(string file, int stream, bool hasOwnNumber)
    {
        _page.Blank();
        if (_items.FoldLevel > 0)
            _page.Paragraph(new Piece("", Tone.Plain), new Piece($"The conversation is long: {(_items.FoldLevel switch { 1 => "repairs of losses are folded too", 2 => "all but its beginning, its end and long waits is folded", _ => "its middle is folded" })}. Every packet:", Tone.Plain));
        _page.Verbatim(
            2,
            hasOwnNumber
                ? string.Create(CultureInfo.InvariantCulture, $"netwhy analyze {ShellWord(file)} --stream {stream} --json")
                : string.Create(CultureInfo.InvariantCulture, $"netwhy tshark -r {ShellWord(file)} -Y 'tcp.stream eq {stream}'"),
            Tone.Code);
    }

    // A line, or several, of text between the two ends.
    private void AddInLane(string margin, string text, Tone tone, bool isRight)
    {
        text = Printable.Of(text, _page.IsUtf8);
        string lead = margin.Length > 0 ? margin : new string(' ', TimeWidth + _packetWidth + 3);
        int room = _lane - 2;
        for (int at = 0; at < text.Length; lead = new string(' ', lead.Length))
        {
            int length = Math.Min(room, text.Length - at);
            if (at + length < text.Length && text.LastIndexOf(' ', at + length, length) is var space && space > at)
                length = space - at;
            string line = text.Substring(at, length).TrimEnd();
            at += length;
            while (at < text.Length && text[at] == ' ')
                at++;
            _page.Line(
                new Piece(lead, Tone.Dim), new Piece(_bar, Tone.Plain),
                new Piece($" {(isRight ? line.PadLeft(room) : line.PadRight(room))} ", tone), new Piece(_bar, Tone.Plain));
        }
    }

    private string Margin(long nanoseconds, uint packet) => string.Create(
        CultureInfo.InvariantCulture, $"{((decimal)(nanoseconds - _first.Nanoseconds) / 1_000_000_000m).ToString("0.000000", CultureInfo.InvariantCulture),TimeWidth}  {packet.ToString(CultureInfo.InvariantCulture).PadLeft(_packetWidth)} ");

    private static string Cut(string text, int most) => text.Length <= most ? text : text[..(most - 1)] + "\u2026";

    private static string ShellWord(string word) =>
        word.Length > 0 && word.All(one => char.IsAsciiLetterOrDigit(one) || "/._-+:,@".Contains(one, StringComparison.Ordinal)) ? word : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    private static TimeSpan Span(long nanoseconds) => TimeSpan.FromTicks(nanoseconds / 100);

    private static string TimeOf(long nanoseconds) =>
        DateTimeOffset.UnixEpoch.AddTicks(nanoseconds / 100).ToString("yyyy-MM-dd HH:mm:ss.ffffff 'UTC'", CultureInfo.InvariantCulture);
}
