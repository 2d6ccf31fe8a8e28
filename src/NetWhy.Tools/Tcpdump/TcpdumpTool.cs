using System.Globalization;
using System.Text;
using NetWhy.Analysis.Fields;
using NetWhy.Capture.Files;
using NetWhy.Capture.Filters;
using NetWhy.Capture.Live;
using NetWhy.Linux;
using NetWhy.Tools.Tcpdump.Printing.Link;

namespace NetWhy.Tools.Tcpdump;

/// <summary><c>netwhy tcpdump</c>: prints packets and writes them, from the wire or from files.</summary>
internal sealed class TcpdumpTool : ITool
{
    private const int MostFilterText = 1 << 20;

    /// <inheritdoc/>
    public string Name => "tcpdump";

    /// <inheritdoc/>
    public string Summary => "Capture, print, filter and write packets.";

    /// <inheritdoc/>
    public bool EndsByInterrupt => true;

    /// <inheritdoc/>
    public IReadOnlyList<(string Left, string Right)> Usage =>
    [
        ("FILTER", "only packets that it lets through: pcap-filter(7)"),
        ("-i NAME[,NAME…]", "listen on these interfaces, or numbers of -D; any for all; the first one that is up if left out"),
        ("-r FILE", "read a capture: pcap or pcapng, plain, gzip or zstd; - for standard input; several: one after the other by time"),
        ("-w FILE", "write pcap, or pcapng if the name ends in .pcapng; - for standard output; with -G, names as strftime(3) makes them"),
        ("--format pcap|pcapng", "write that whatever the name; pcapng keeps names, comments and secrets of a pcapng that is read, and names of interfaces"),
        ("-C MB  -G SECONDS  -W COUNT", "begin a new file when it is that large, or that old (by the clock, also while a file is read); how many files"),
        ("--aligned  --compress gzip|zstd|none", "with -G: at whole multiples of the time (of a file that is read, of its packets'); compress, as names ending in .gz and .zst do, and end names so"),
        ("-z COMMAND  -Z USER", "run for each file that is finished; give root's privileges up once the interface is open: unlike Debian's tcpdump, netwhy stays root otherwise, and files are root's"),
        ("--on EVENT", "keep packets in memory, and write those around each event to a file; may be given several times; EVENT is one of:"),
        .. Trigger.Known.Select(known => ($"  {known.Name}", known.Meaning)),
        ("--before SECONDS  --after SECONDS", "how much of the time around an event: 10 before, 5 after"),
        ("--memory MB  --times COUNT", "memory for the packets before it: 64; end after so many events"),
        ("-c COUNT  --count", "end after so many; only count"),
        ("-n -nn  -N", "no names; names without their domain"),
        ("-v -vv -vvv  -q", "more, of TLS also what tcpdump does not read; less"),
        ("-e  -S  -K  -#", "the link's header; absolute sequence numbers; no checksums; numbered"),
        ("-x -xx -X -XX -A -AA", "the octets: in hexadecimal, and ASCII, only ASCII; doubled: from the link's header on"),
        ("-t -tt -ttt -tttt -ttttt  --nano", "no time; seconds since 1970; since the packet before; with date; since the first; nine digits"),
        ("-s LENGTH  -B KIB  -p  -Q in|out", "octets of each packet; memory for packets; not promiscuous; one direction"),
        ("--display FILTER", "of those, only packets that a display filter lets through, as Wireshark has them: tcp.analysis.retransmission, http.response.code >= 500"),
        ("", $"it knows fields of {string.Join(", ", FieldCatalog.Default.ProtocolNames.Where(protocol => !protocol.StartsWith('_')))}"),
        ("--follow  --stream N", "what the ends of TCP connections say, in order, instead of packets; of one stream: tcp.stream"),
        ("--process", "which process of this machine sends or receives each packet of TCP, UDP or ping, and in which container and pod; not of a ping by a raw socket"),
        ("--color auto|always|never", "mark resets and unreachables red, segments sent again and windows of 0 yellow; auto: on a terminal"),
        ("--json", "an object for each packet, on a line of its own"),
        ("-l  -U  --immediate-mode", "write each line at once; each packet; show packets as they come"),
        ("-d -dd -ddd  -D  -L  -J", "the filter's program; the interfaces; the types of link, of time stamps"),
        ("--net NAME  --pid PID", "listen in another network namespace, or where a process lives"),
        ("--pod NAME|UID  --container NAME|ID", "listen where a pod or container of this machine lives"),
    ];

    /// <inheritdoc/>
    public IReadOnlyList<(string Left, string Right)> Examples =>
    [
        ("netwhy tcpdump -i eth0 -nn tcp port 443", "what passes that port"),
        ("netwhy tcpdump -i any 'tcp[tcpflags] & tcp-syn != 0'", "who connects, and on which interface"),
        ("netwhy tcpdump -i eth0 -w capture_%Y%m%d_%H%M%S.pcap -G 3600 -W 24", "a file an hour, for a day"),
        ("netwhy tcpdump -nr capture.pcap --display tcp.analysis.retransmission", "what was sent again; 'tcp[tcpflags] & (tcp-syn|tcp-fin) = 0 and tcp[4:4] != 0', which guides give for it, lets through all but the first and the last segments"),
        ("netwhy tcpdump -i eth0 -w rst_%F_%T.pcap --on 'rst:port 5432' --before 30", "what led to each reset of the database"),
        ("netwhy tcpdump -i any -w slow.pcap --on 'log:/var/log/app.log:timed? ?out' --times 1", "what passed when the log said so"),
        ("netwhy tcpdump -nn -r capture.pcap -c 100", "the first hundred packets of a file"),
    ];

    /// <inheritdoc/>
    public int Run(IReadOnlyList<string> arguments, IToolHost host)
    {
        var options = TcpdumpOptions.Parse(arguments);
        if (options.ShowsHelp)
        {
            host.ShowHelp(this);
            return 0;
        }

        foreach (string module in options.MibModules)
            host.Warn($"ignoring option `-m {module}' (no libsmi support)"); // as tcpdump says where it was built without, such as Debian's
        if (options.Namespace is { } name)
            ToolNamespace.Enter(name);
        if (options.FilterFile is { } file)
            options.ReadFilter(ReadText(file));
        if (options.ShowsVersion)
            host.Output.Write("netwhy tcpdump, whose command lines and output are those of tcpdump 4.99\n"u8);
        else if (options.ListsInterfaces)
            LiveCapture.List(host);
        else if (options.ProgramStyle > 0)
            PrintProgram(options, host);
        else if (options.ReadsFiles)
            return ReadFiles(options, host);
        else
            Listen(options, host);
        return 0;
    }

    private static void Listen(TcpdumpOptions options, IToolHost host)
    {
        // Before the first packet: who owns connections is noted from here on.
        using IPacketSink sink = Displayed(options, host, SinkOf(options, host, out _), out _);
        using LiveCapture capture = LiveCapture.Open(options, host);
        string name = capture.Interface.Name!;
        int linkType = capture.Interface.LinkType;
        if (options.ListsTimeStampTypes)
        {
            Print(host, $"Time stamp types for {name} (use option -j to set):\n  host (Host)\n");
            return;
        }

        if (options.ListsLinkTypes)
        {
            Print(host, $"Data link types for {name} (use option -y to set):\n  {LinkTypeNames.Of(linkType)} ({LinkTypeNames.Describe(linkType)})\n");
            return;
        }

        CheckLive(options, host, capture.Interface);
        if (options.Output is null && options.Print.Verbosity == 0 && !options.OnlyCounts)
            host.Warn("verbose output suppressed, use -v[v]... for full protocol decode");
        capture.Announce();
        try
        {
            sink.Begin(capture.Interface, TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() * 1_000_000);
            capture.Run(sink);
            sink.End();
        }
        finally
        {
            capture.Conclude();
            sink.Dispose(); // before the ring goes away: packets that wait to be written lie in it
        }
    }

    // What the command line asks of the interface, now that it is open.
    private static void CheckLive(TcpdumpOptions options, IToolHost host, CaptureInterface @interface)
    {
        if (options.LinkType is { } asked && LinkTypeNames.Find(asked) is var type && type != @interface.LinkType)
        {
            throw new ToolException(ToolException.CouldNotWork, type is null
                ? $"invalid data link type {asked}"
                : $"{asked} is not one of the DLTs supported by this device: packets of {@interface.Name} come as {LinkTypeNames.Of(@interface.LinkType)}");
        }

        if (options.TimeStampType is { } stamps and not "host")
            host.Warn($"WARNING: When trying to set timestamp type '{stamps}' on {@interface.Name}: netwhy takes those of the kernel's clock only (host)");
        if (options.User is { } user and not "root" && Privileges.User == 0)
            Become(user);
    }

    private static void Become(string user)
    {
        try
        {
            if (!Privileges.Become(user))
                throw new ToolException(ToolException.CouldNotWork, $"Couldn't find user '{user}'");
        }
        catch (LinuxException refusal)
        {
            throw new ToolException(ToolException.CouldNotWork, $"Couldn't change to '{user}': {refusal.Message}");
        }
    }

    private static void Print(IToolHost host, string text) => host.Output.Write(Encoding.UTF8.GetBytes(text));

    private static int ReadFiles(TcpdumpOptions options, IToolHost host)
    {
        List<string> paths = [.. options.Files];
        if (options.ListFile is { } list)
            paths.AddRange(ReadText(list).Split('\n', StringSplitOptions.RemoveEmptyEntries));
        using IPacketSink sink = Displayed(options, host, SinkOf(options, host, out FileSink? files), out DisplaySink? displayed);
        bool isBroken = false;
        long count = 0;
        using MergedReader merged = CaptureFiles.Open(paths, host, () => isBroken = true);
        var filters = new Dictionary<int, FilterProgram>();
        while (count < (options.CaptureCount ?? long.MaxValue) && !host.Cancellation.IsCancellationRequested && merged.Read(out PacketRecord packet))
        {
            if (options.Filter.Length > 0)
            {
                int linkType = packet.Interface.LinkType;
                if (!filters.TryGetValue(linkType, out FilterProgram? filter))
                    filters[linkType] = filter = FilterText.Check(FilterText.Compile(options, linkType));
                if (filter.Run(packet.Octets, packet.OriginalLength) == 0)
                    continue;
            }

            bool isEnough = !sink.Take(++count, packet);
            sink.Keep();
            if (isEnough)
                break;
        }

        // A file is made although nothing was let through: scripts look for it.
        count = displayed?.Count ?? count;
        if (count == 0 && files is not null && merged.Interfaces is [var first, ..])
            files.Begin(first, TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() * 1_000_000);
        sink.End();
        if (options.OnlyCounts)
            Print(host, string.Create(CultureInfo.InvariantCulture, $"{count} packet{(count == 1 ? "" : "s")}\n"));
        return isBroken ? ToolException.CouldNotWork : 0;
    }

    private static IPacketSink Displayed(TcpdumpOptions options, IToolHost host, IPacketSink sink, out DisplaySink? displayed)
    {
        displayed = null;
        if (options.Display is not { } text)
            return sink;
        try
        {
            return displayed = new DisplaySink(DisplayFilters.Compile(text, "--display: ", host), sink, options.Count ?? long.MaxValue, host);
        }
        catch (ToolException)
        {
            sink.Dispose();
            throw;
        }
    }

    private static IPacketSink SinkOf(TcpdumpOptions options, IToolHost host, out FileSink? files)
    {
        files = options.Output is null ? null : new FileSink(options, host);
        if (files is not null && options.Events.Count > 0)
        {
            var waiting = new TriggerSink(options, host, files);
            files = null; // begun by events
            return waiting;
        }

        if (files is null)
            return options.OnlyCounts ? new CountSink() : options.Follows ? new FollowSink(options, host) : PrinterOf(options, host);
        return options.PrintsToo && options.Output is not "-" ? new BothSinks(files, PrinterOf(options, host)) : files;
    }

    private static IPacketSink PrinterOf(TcpdumpOptions options, IToolHost host) =>
        options.PrintsJson ? new JsonSink(options, host) : new PrintSink(options, host);

    private static void PrintProgram(TcpdumpOptions options, IToolHost host)
    {
        const int Ethernet = 1;
        int linkType = Ethernet;
        if (options.LinkType is { } name)
            linkType = LinkTypeNames.Find(name) ?? throw new ToolException(ToolException.WrongUsage, $"invalid data link type {name}");
        else if (options.Files.Count > 0)
            linkType = CaptureFiles.LinkTypeOf(options.Files[0]);
        else if (options.Interfaces.Count > 0)
            linkType = NetworkInterfaces.LinkTypeOf(NetworkInterfaces.Read().Find(options.Interfaces[0]));
        Print(host, FilterText.Print(FilterText.Compile(options, linkType), options.ProgramStyle));
    }

    private static string ReadText(string path)
    {
        try
        {
            return RegularFile.TryRead(path, MostFilterText, out byte[] octets)
                ? Encoding.UTF8.GetString(octets)
                : throw new ToolException(ToolException.CouldNotWork, $"{path}: it is larger than {MostFilterText} bytes");
        }
        catch (Exception refusal) when (refusal is IOException or UnauthorizedAccessException)
        {
            throw new ToolException(ToolException.CouldNotWork, $"{path}: {FileProblem.Of(path, refusal)}");
        }
    }

    private sealed class CountSink : IPacketSink
    {
        public bool Take(long number, in PacketRecord packet) => true;

        public void Keep()
        {
            // Nothing is gathered.
        }

        public void Flush()
        {
            // Nothing is gathered.
        }

        public void End()
        {
            // Nothing is gathered.
        }

        public void Dispose()
        {
            // Nothing is held.
        }
    }

    private sealed class BothSinks(IPacketSink first, IPacketSink second) : IPacketSink
    {
        public bool IsDone => first.IsDone || second.IsDone;

        public void Begin(CaptureInterface @interface, long nanoseconds)
        {
            first.Begin(@interface, nanoseconds);
            second.Begin(@interface, nanoseconds);
        }

        public bool Take(long number, in PacketRecord packet) => first.Take(number, packet) & second.Take(number, packet);

        public void Keep()
        {
            first.Keep();
            second.Keep();
        }

        public void Flush()
        {
            first.Flush();
            second.Flush();
        }

        public void HandOn()
        {
            first.HandOn();
            second.HandOn();
        }

        public void End()
        {
            first.End();
            second.End();
        }

        public void Dispose()
        {
            first.Dispose();
            second.Dispose();
        }
    }
}
