using System.Globalization;
using System.Text;
using NetWhy.Analysis.Fields;
using NetWhy.Analysis.Filters;
using NetWhy.Capture.Files;
using NetWhy.Tools.Tcpdump;
using NetWhy.Tools.Tshark.Counting;

namespace NetWhy.Tools.Tshark;

/// <summary><c>netwhy tshark</c>: prints packets with the fields that Wireshark knows them by, and counts them.</summary>
internal sealed class TsharkTool : ITool
{
    private const int MostSuggestions = 3;
    private const int InvalidOption = 1; // what tshark exits with; a filter that means nothing gives 2, as ToolException has it
    private const int Failed = 2;

    /// <inheritdoc/>
    public string Name => "tshark";

    /// <inheritdoc/>
    public string Summary => "Dissect packets: fields, filters and statistics by Wireshark's names.";

    /// <inheritdoc/>
    public bool EndsByInterrupt => true;

    /// <inheritdoc/>
    public IReadOnlyList<(string Left, string Right)> Usage =>
    [
        ("-r FILE", "read a capture: pcap or pcapng, plain, gzip or zstd; - for standard input"),
        ("-i NAME  -f FILTER  -a duration:SECONDS", "listen on an interface; only what a capture filter lets through: pcap-filter(7); for so long"),
        ("-2  -R FILTER", "read the capture twice, so that packets tell of later ones: dns.response_in, http.response_in, tcp.reassembled_in; the second time only what a display filter lets through"),
        ("-Y FILTER", "only packets that a display filter lets through: tcp.analysis.retransmission, http.response.code >= 500"),
        ("-c COUNT", "end after so many packets were read"),
        ("-T text|fields|json|ek", "how packets are printed: a line each, fields, JSON, JSON for Elasticsearch"),
        ("-e FIELD", "print this field; may be given several times; _ws.col.Info and others for what the list shows"),
        ("-E SETTING", "header=y|n, separator=/t|/s|CHARACTER, occurrence=f|l|a, aggregator=/s|CHARACTER, quote=d|s|n, bom=y|n"),
        ("-j NAMES  -J NAMES  --no-duplicate-keys", "of JSON only what lies under these protocols and fields, one by one or with all below; values of one name as an array"),
        ("-t r|a|ad|adoy|d|dd|e|u|ud|udoy", "time since the first packet, of day, with date or day of the year, since the one before, since the one shown before, since 1970, UTC"),
        ("-V  -O PROTOCOLS", "all fields of each packet, under their protocols; only of these"),
        ("-x  -P", "the octets of each packet; its line besides"),
        ("-q  -z STATISTIC", "no packets, only statistics; may be given several times; STATISTIC is one of:"),
        .. Statistics.Known,
        ("-w FILE  -F pcapng|pcap", "write the packets; - for standard output; as pcapng if nothing is said"),
        ("-n  -l", "no names, which is what is done anyway; write each line at once"),
        ("-o NAME:VALUE", "tcp.relative_sequence_numbers, tcp.analyze_sequence_numbers, tcp.desegment_tcp_streams, ip|tcp|udp.check_checksum and others: TRUE or FALSE"),
        ("-o tls.keylog_file:FILE", "decrypt TLS with the secrets of a key log (SSLKEYLOGFILE); those in a pcapng are used anyway"),
        ("-d tcp.port==PORT,PROTOCOL", "what a port carries: http, http2, tls or dns; PORT may be a range, 8000-8010 or 8000:11"),
        ("-D  -L  -s LENGTH  -B MIB  -p  -y TYPE", "as for netwhy tcpdump"),
        ("--net NAME  --pid PID", "listen in another network namespace, or where a process lives"),
    ];

    /// <inheritdoc/>
    public IReadOnlyList<(string Left, string Right)> Examples =>
    [
        ("netwhy tshark -r capture.pcap -Y tcp.analysis.retransmission", "what was sent again"),
        ("netwhy tshark -r capture.pcap -T fields -e ip.src -e http.request.uri -Y http.request", "who asked for what"),
        ("netwhy tshark -r capture.pcap -q -z conv,tcp", "the conversations, the largest first"),
        ("netwhy tshark -r capture.pcap -q -z expert", "what is remarkable"),
        ("netwhy tshark -r capture.pcap -q -z follow,tcp,ascii,0", "what was said on the first connection"),
    ];

    /// <inheritdoc/>
    public int Run(IReadOnlyList<string> arguments, IToolHost host)
    {
        TsharkOptions options = ExitingAsTshark(() => TsharkOptions.Parse(arguments));
        if (options.ShowsHelp)
        {
            host.ShowHelp(this);
            return 0;
        }

        if (options.ShowsVersion)
        {
            host.Output.Write("netwhy tshark, whose command lines and output are those of TShark 4.0\n"u8);
            return 0;
        }

        DisplayFilter filter = DisplayFilters.Compile(options.Display, prefix: "", host);
        DisplayFilter? readFilter = options.ReadFilter is { } read ? DisplayFilters.Compile(read, prefix: "", host) : null;
        return ExitingAsTshark(() => Work(options, filter, readFilter, host));
    }

    private static T ExitingAsTshark<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (ToolException failure)
        {
            throw new ToolException(failure.ExitCode == ToolException.WrongUsage ? InvalidOption : Failed, failure.Message);
        }
    }

    private static int Work(TsharkOptions options, DisplayFilter filter, DisplayFilter? readFilter, IToolHost host)
    {
        if (options.Namespace is { } name)
            ToolNamespace.Enter(name);
        if (options.Lists)
            return new TcpdumpTool().Run(options.Listening, host);
        TcpdumpOptions capture = CaptureOptionsOf(options);
        FirstPass? firstPass = options is { ReadsTwice: true, File: { } twice } ? FirstPass.Read(twice, options, readFilter, host) : null;
        using TsharkSink sink = SinkOf(options, filter, firstPass, capture, host);
        sink.Open();
        if (options.File is { } path)
            return ReadFile(path, options, sink, host);
        Listen(options, capture, sink, host);
        return 0;
    }

    // What is captured and written goes the way of netwhy tcpdump.
    private static TcpdumpOptions CaptureOptionsOf(TsharkOptions options)
    {
        List<string> words = [.. options.Listening];
        if (options.File is { } input)
            words.AddRange(["-r", input]);
        else if (options.Count is { } count)
            words.AddRange(["-c", count.ToString(CultureInfo.InvariantCulture)]);
        if (options.Output is { } output)
            words.AddRange(["-w", output, "--format", options.FileFormat]);
        words.Add("--");
        if (options.CaptureFilter.Length > 0)
            words.Add(options.CaptureFilter);
        return TcpdumpOptions.Parse(words);
    }

    private static int ReadFile(string path, TsharkOptions options, TsharkSink sink, IToolHost host)
    {
        using CaptureReader reader = CaptureFiles.OpenOne(path);
        long count = 0;
        int exitCode = 0;
        try
        {
            while (count < (options.Count ?? long.MaxValue) && !host.Cancellation.IsCancellationRequested && reader.Read(out PacketRecord packet))
            {
                bool isEnough = !sink.Take(++count, packet);
                sink.Keep();
                if (isEnough)
                    break;
            }
        }
        catch (Exception broken) when (broken is CaptureFormatException or IOException)
        {
            host.Warn($"{path}: {broken.Message} (behind packet {count})");
            exitCode = Failed;
        }

        if (!sink.HasWritten && reader.Interfaces is [var first, ..]) // a file is made although nothing was let through: scripts look for it
            sink.Begin(first, 0);
        sink.End();
        return sink.HasUnread ? Failed : exitCode;
    }

    private static void Listen(TsharkOptions options, TcpdumpOptions captureOptions, TsharkSink sink, IToolHost host)
    {
        using LiveCapture capture = LiveCapture.Open(captureOptions, host);
        host.Note($"Capturing on '{capture.Interface.Name}'");
        sink.Begin(capture.Interface, TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() * 1_000_000);
        try
        {
            capture.Run(sink);
            sink.End();
        }
        finally
        {
            capture.Conclude();
        }
    }

    private static TsharkSink SinkOf(TsharkOptions options, DisplayFilter filter, FirstPass? firstPass, TcpdumpOptions capture, IToolHost host)
    {
        var clock = new PacketClock(options.Time);
        List<IShownSink> shown = options.PrintsPackets ? PrintersOf(options, clock) : [];
        options.Remarks.ForEach(host.Warn);
        foreach (string statistic in options.Statistics)
            shown.Add(Statistics.Make(statistic, options.Time));
        return new TsharkSink(shown, options.Output is null ? null : new FileSink(capture, host), filter, firstPass, host, options.IsLineBuffered || options.File is null, options.Preferences) { Duration = options.Duration };
    }

    private static List<IShownSink> PrintersOf(TsharkOptions options, PacketClock clock)
    {
        PacketColumn[] columns = ColumnsOf(options.Fields);
        switch (options.Format)
        {
            case TsharkFormat.Fields:
                return [new FieldsPrinter(columns, options.FieldStyle, clock)];
            case TsharkFormat.Json:
            case TsharkFormat.Elastic:
                return [new JsonPrinter(columns, options.FieldStyle.Occurrence, options.Format == TsharkFormat.Elastic, clock, options.Selection)];
            default:
                List<IShownSink> printers = [];
                if (options.PrintsToo || (!options.ShowsTree && !options.ShowsOctets))
                    printers.Add(new SummaryPrinter(clock));
                if (options.ShowsTree)
                    printers.Add(new TreePrinter(options.Protocols, showsData: !options.ShowsOctets));
                if (options.ShowsOctets)
                    printers.Add(new OctetsPrinter(followsLine: options.PrintsToo && !options.ShowsTree));
                return printers;
        }
    }

    private static PacketColumn[] ColumnsOf(IReadOnlyList<string> names)
    {
        var columns = new List<PacketColumn>();
        var unknown = new StringBuilder();
        foreach (string name in names)
        {
            if (PacketColumn.Find(name) is { } column)
                columns.Add(column);
            else
                unknown.Append($"{(unknown.Length > 0 ? ", " : " ")}{name}{(FieldCatalog.Default.Nearest(name, MostSuggestions) is { Count: > 0 } nearest ? $" (did you mean {string.Join(", ", nearest)}?)" : "")}");
        }

        return unknown.Length == 0 ? [.. columns] : throw TsharkOptions.Misuse($"Some fields aren't valid:{unknown}");
    }
}
