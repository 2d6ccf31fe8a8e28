using NetWhy.Capture.Files;
using NetWhy.Capture.Filters;
using NetWhy.Linux;
using NetWhy.Tools.Tcpdump.Printing;

namespace NetWhy.Tools.Tcpdump;

/// <summary><c>netwhy tcpdump</c>: prints packets.</summary>
internal sealed class TcpdumpTool : ITool
{
    private const int FlushAt = 1 << 16;

    /// <inheritdoc/>
    public string Name => "tcpdump";

    /// <inheritdoc/>
    public string Summary => "Print packets, from the wire or from a file.";

    /// <inheritdoc/>
    public IReadOnlyList<(string Left, string Right)> Usage =>
    [
        ("-r FILE", "read a capture: pcap or pcapng, plain, gzip or zstd; - for standard input"),
        ("FILTER", "only packets that it lets through; see pcap-filter(7)"),
    ];

    /// <inheritdoc/>
    public IReadOnlyList<(string Left, string Right)> Examples =>
    [
        ("netwhy tcpdump -nn -r capture.pcap 'tcp port 443'", "what passed that port"),
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

        if (options.Files.Count == 0)
            throw new ToolException(ToolException.WrongUsage, "give a file with -r");
        int result = 0;
        var printer = new PacketPrinter(options.Print, new NameResolver(options.Print));
        long count = 0;
        foreach (string file in options.Files)
            result = Math.Max(result, PrintFile(file, options, printer, host, ref count));
        if (options.OnlyCounts)
            printer.Put($"{count} packet{(count == 1 ? "" : "s")}\n");
        Flush(printer, host);
        return result;
    }

    private static int PrintFile(string path, TcpdumpOptions options, PacketPrinter printer, IToolHost host, ref long count)
    {
        try
        {
            using CaptureReader reader = CaptureReader.Open(path is "-" ? Console.OpenStandardInput() : new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0));
            FilterProgram? filter = null;
            int filterLink = -1;
            while (count < (options.Count ?? long.MaxValue) && reader.Read(out PacketRecord packet))
            {
                if (options.Filter.Length > 0)
                {
                    if (filterLink != packet.Interface.LinkType)
                    {
                        filterLink = packet.Interface.LinkType;
                        filter = Compile(options, filterLink);
                    }

                    if (filter!.Run(packet.Octets, packet.OriginalLength) == 0)
                        continue;
                }

                count++;
                if (options.OnlyCounts)
                    continue;
                printer.Print(count, packet.Nanoseconds, packet.Interface.LinkType, packet.Octets, packet.OriginalLength);
                if (options.IsLineBuffered || printer.Text.Length >= FlushAt)
                    Flush(printer, host);
                if (host.Cancellation.IsCancellationRequested)
                    break;
            }

            return 0;
        }
        catch (CaptureFormatException broken)
        {
            Flush(printer, host);
            host.Warn($"{path}: {broken.Message}");
            return 1;
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            Flush(printer, host);
            throw new ToolException(ToolException.CouldNotWork, $"{path}: {unreadable.Message}");
        }
    }

    private static FilterProgram Compile(TcpdumpOptions options, int linkType)
    {
        if (FilterCompiler.Compile(options.Filter, linkType, options.SnapLength, options.IsOptimized, out FilterInstruction[] program) is { } problem)
            throw new ToolException(ToolException.WrongUsage, problem);
        return FilterProgram.Check(program) ?? throw new ToolException(ToolException.CouldNotWork, "libpcap made a program of the filter that does not end");
    }

    private static void Flush(PacketPrinter printer, IToolHost host)
    {
        host.Output.Write(printer.Text.Octets);
        printer.Text.Clear();
    }
}
