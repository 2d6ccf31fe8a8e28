using System.Buffers;
using System.Text;
using NetWhy.Wire.Dns;
using Xunit;

namespace NetWhy.Tests.Wire;

/// <summary>Zone files of public test suites, which lie beside the project and not in it, and ways to read them.</summary>
internal static class DnsSharedData
{
    private static readonly string? Root = Find();

    /// <summary>A file of them; the test is skipped if they are not there.</summary>
    /// <param name="path">Its path below <c>shared/netdata</c>.</param>
    internal static string At(string path)
    {
        Assert.SkipUnless(Root is not null, "the zone files of public test suites are not beside the project (shared/netdata)");
        return Path.Combine(Root!, path);
    }

    /// <summary>A file or folder of them; null if they are not there.</summary>
    /// <param name="path">Its path below <c>shared/netdata</c>.</param>
    internal static string? Find(string path) => Root is null ? null : Path.Combine(Root, path);

    /// <summary>The lines of a zone, as they are written in a style; sorted, and each once.</summary>
    internal static SortedSet<string> Write(string zone, string origin, DnsTextStyle style)
    {
        var lines = new SortedSet<string>(StringComparer.Ordinal);
        var reader = new ZoneFileReader(File.ReadAllBytes(zone), origin);
        OperationStatus status;
        while ((status = reader.Read(out DnsRecord record)) is not OperationStatus.NeedMoreData)
        {
            Assert.True(status is OperationStatus.Done, $"{zone}:{reader.Error}");
            lines.Add(Text(record, style));
        }

        return lines;
    }

    /// <summary>A record as text.</summary>
    internal static string Text(DnsRecord record, DnsTextStyle style)
    {
        var output = new ArrayBufferWriter<byte>();
        DnsRecordText.WriteRecord(record, style, output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    /// <summary>Records of a file that dig wrote: a line that begins with a tab belongs to the one before.</summary>
    internal static SortedSet<string> Records(string file)
    {
        var records = new SortedSet<string>(StringComparer.Ordinal);
        string? current = null;
        foreach (string line in File.ReadLines(file).Append("end"))
        {
            if (line.StartsWith('\t'))
            {
                current += "\n" + line;
                continue;
            }

            if (current is not null)
                records.Add(current);
            current = line;
        }

        return records;
    }

    private static string? Find()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string data = Path.Combine(folder.FullName, "shared", "netdata");
            if (Directory.Exists(data))
                return data;
        }

        // Beside the captures, where that folder is named.
        return Environment.GetEnvironmentVariable("NETWHY_PCAPS") is { Length: > 0 } captures
            && Path.Combine(captures, "..", "netdata") is var beside && Directory.Exists(beside) ? beside : null;
    }
}
