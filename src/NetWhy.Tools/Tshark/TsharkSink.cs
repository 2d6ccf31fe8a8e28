using System.Buffers;
using System.Diagnostics;
using NetWhy.Analysis.Dissection;
using NetWhy.Analysis.Fields;
using NetWhy.Analysis.Filters;
using NetWhy.Analysis.Summaries;
using NetWhy.Analysis.Tcp;
using NetWhy.Capture.Files;
using NetWhy.Tools.Tcpdump;

namespace NetWhy.Tools.Tshark;

/// <summary>Analyses packets, and hands those that the display filter lets through to printers, to counts, and to a file.</summary>
internal sealed class TsharkSink : IPacketSink
{
    private const int FlushAt = 1 << 16;

    private readonly IReadOnlyList<IShownSink> _shown;
    private readonly IPacketSink? _file;
    private readonly DisplayFilter _filter;
    private readonly FirstPass? _firstPass;
    private readonly IToolHost _host;
    private readonly PacketSummary? _summary;
    private readonly Dissector _dissector;
    private readonly ArrayBufferWriter<byte> _output = new(FlushAt * 2);
    private readonly bool _isLineBuffered;
    private readonly bool _isCounting;
    private readonly HashSet<int> _unread = []; // types of links that are not read here
    private bool _hasRead; // whether there was a packet of another one
    private long _begun;
    private long _kept;

    /// <summary>Makes a sink.</summary>
    /// <param name="shown">Who prints and counts.</param>
    /// <param name="file">Where packets are written; null for nowhere.</param>
    /// <param name="filter">The display filter.</param>
    /// <param name="firstPass">What the first of two passes found out; null if there is one only.</param>
    /// <param name="host">Where to print.</param>
    /// <param name="isLineBuffered">Whether each packet is printed at once.</param>
    /// <param name="preferences">How packets are analysed.</param>
    internal TsharkSink(IReadOnlyList<IShownSink> shown, IPacketSink? file, DisplayFilter filter, FirstPass? firstPass, IToolHost host, bool isLineBuffered, DissectionPreferences preferences)
    {
        _shown = shown;
        _file = file;
        _filter = filter;
        _firstPass = firstPass;
        _host = host;
        _isLineBuffered = isLineBuffered;
        var fields = new PacketFields(FieldCatalog.Default);
        fields.Want(filter.Fields);
        foreach (IShownSink sink in shown)
            sink.Want(fields);
        _summary = shown.Any(sink => sink.NeedsSummary) ? new PacketSummary() : null;
        _isCounting = shown.Any(sink => sink.SeesAll);
        _dissector = new Dissector(fields, shown.OfType<ITcpObserver>() switch
        {
            var observers when observers.Skip(1).Any() => new ManyObservers([.. observers]),
            var observers => observers.FirstOrDefault(),
        }, _summary, preferences, shown.OfType<ICarriedObserver>() switch
        {
            var observers when observers.Any() => new ManyCarriedObservers([.. observers]),
            _ => null,
        }, firstPass?.Hindsight);
    }

    /// <inheritdoc/>
    public bool IsDone => Stopwatch.GetElapsedTime(_begun) >= Duration || (_file?.IsDone ?? false);

    /// <summary>Whether a packet was handed to the file.</summary>
    internal bool HasWritten { get; private set; }

    /// <summary>Whether there were packets of links that are not read here.</summary>
    internal bool HasUnread => _unread.Count > 0;

    /// <summary>How long packets are taken from the wire; null for no end.</summary>
    internal TimeSpan? Duration { get; init; }

    /// <inheritdoc/>
    public void Begin(CaptureInterface @interface, long nanoseconds)
    {
        _begun = Stopwatch.GetTimestamp();
        _file?.Begin(@interface, nanoseconds);
    }

    /// <summary>Prints what comes before the first packet.</summary>
    internal void Open()
    {
        foreach (IShownSink sink in _shown)
            sink.Begin(_output);
    }

    /// <inheritdoc/>
    public bool Take(long number, in PacketRecord packet)
    {
        DissectedPacket fields = _dissector.Read(packet);
        _hasRead |= _dissector.ReadsLink;
        if (!_dissector.ReadsLink && _unread.Add(packet.Interface.LinkType))
            _host.Warn($"packets of link type {packet.Interface.LinkType} are not read here: of them, only the frame is shown (from packet {number})");
        if (_firstPass is not null && !_firstPass.Keeps(number - 1))
        {
            _dissector.HoldBack();
            return true;
        }

        number = ++_kept;
        bool isDisplayed = _filter.Matches(fields);
        if (isDisplayed)
            _dissector.Displayed();
        else if (!_isCounting)
            return true;
        var shown = new ShownPacket
        {
            Number = number,
            Record = packet,
            Fields = fields,
            Summary = _summary,
            SinceFirst = _dissector.SinceFirst,
            SincePrevious = _dissector.SincePrevious,
            SinceDisplayed = _dissector.SinceDisplayed,
        };
        foreach (IShownSink sink in _shown)
        {
            if (isDisplayed || sink.SeesAll)
                sink.Take(shown, _output);
        }

        if (!isDisplayed)
            return true;
        if (_isLineBuffered || _output.WrittenCount >= FlushAt)
            Write();
        HasWritten = true;
        return _file?.Take(number, packet) ?? true;
    }

    /// <inheritdoc/>
    public void Keep() => _file?.Keep();

    /// <inheritdoc/>
    public void Flush()
    {
        Write();
        _file?.Flush();
    }

    /// <inheritdoc/>
    public void HandOn()
    {
        Write();
        _file?.HandOn();
    }

    /// <inheritdoc/>
    public void End()
    {
        foreach (IShownSink sink in _shown.Where(sink => !sink.SeesAll))
            sink.End(_output);
        bool isUnread = HasUnread && !_hasRead;
        foreach (IShownSink sink in _shown.Reverse().Where(sink => sink.SeesAll && !(isUnread && sink.Follows))) // tshark prints the last one first
            sink.End(_output);
        Write();
        _file?.End();
        DisplayFilters.Conclude(_dissector, _filter, prefix: "", _host);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _file?.Dispose();
        foreach (IDisposable sink in _shown.OfType<IDisposable>())
            sink.Dispose();
    }

    private sealed class ManyObservers(ITcpObserver[] observers) : ITcpObserver
    {
        public void Segment(in TcpSegmentFacts segment, in TcpAnalysis analysis)
        {
            foreach (ITcpObserver observer in observers)
                observer.Segment(segment, analysis);
        }
    }

    private sealed class ManyCarriedObservers(ICarriedObserver[] observers) : ICarriedObserver
    {
        public void Carried(in CarriedPart part)
        {
            foreach (ICarriedObserver observer in observers)
                observer.Carried(part);
        }
    }

    private void Write()
    {
        if (_output.WrittenCount == 0)
            return;
        _host.Output.Write(_output.WrittenSpan);
        _output.ResetWrittenCount();
    }
}
