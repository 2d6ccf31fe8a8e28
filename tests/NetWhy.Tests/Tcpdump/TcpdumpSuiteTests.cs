using System.Text;
using NetWhy.Capture.Files;
using NetWhy.Capture.Filters;
using NetWhy.Linux;
using NetWhy.Tests.Capture;
using NetWhy.Tools.Tcpdump;
using NetWhy.Tools.Tcpdump.Printing;
using Xunit;

namespace NetWhy.Tests.Tcpdump;

/// <summary>tcpdump's own test suite: what is printed must be equal, octet for octet.</summary>
public sealed class TcpdumpSuiteTests
{
    // Tests whose output is equal stay equal: their names, kept by UPDATE_EXPECTED=1.
    private static readonly string KnownPath = Path.Combine(AppContext.BaseDirectory, "Tcpdump", "equal.txt");

    [Fact]
    public void What_was_equal_is_equal()
    {
        string folder = CaptureLibrary.At("tcpdump");
        string[] known = File.ReadAllLines(KnownPath);
        var equal = new List<string>();
        foreach (string line in File.ReadAllLines(Path.Combine(folder, "TESTLIST")))
        {
            string[] words = Words(line);
            if (words.Length < 3 || words[0].StartsWith('#'))
                continue;
            byte[] expected = File.ReadAllBytes(Path.Combine(folder, words[2]));
            if (Print(Path.Combine(folder, words[1]), words[3..]).AsSpan().SequenceEqual(expected))
                equal.Add(words[0]);
        }

        if (Environment.GetEnvironmentVariable("UPDATE_EXPECTED") is "1")
            File.WriteAllLines(Path.Combine(SourceFolder(), "equal.txt"), equal);
        Assert.Empty(known.Except(equal));
    }

    private static byte[] Print(string path, string[] arguments)
    {
        var options = TcpdumpOptions.Parse(["-#", "-n", "-r", path, .. arguments]);
        var printer = new PacketPrinter(options.Print, new NameResolver(options.Print), new LocalClock(isUtc: true));
        try
        {
            using CaptureReader reader = CaptureReader.Open(File.OpenRead(path));
            long number = 0;
            while (reader.Read(out PacketRecord packet))
            {
                if (options.Filter.Length > 0
                    && FilterProgram.Check(FilterText.Compile(options, packet.Interface.LinkType))!.Run(packet.Octets, packet.OriginalLength) == 0)
                {
                    continue;
                }

                printer.Print(++number, packet.Seconds, packet.Nanoseconds - (packet.Seconds * 1_000_000_000), packet.Interface.LinkType, packet.Octets, packet.OriginalLength);
            }
        }
        catch (CaptureFormatException)
        {
            // Some captures of the suite are cut short: what stands before is printed.
        }

        return printer.Text.Octets.ToArray();
    }

    private static string[] Words(string line)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        bool isQuoted = false;
        foreach (char c in line + ' ')
        {
            if (c == '"')
            {
                isQuoted = !isQuoted;
            }
            else if (char.IsWhiteSpace(c) && !isQuoted)
            {
                if (word.Length > 0)
                    words.Add(word.ToString());
                word.Clear();
            }
            else
            {
                word.Append(c);
            }
        }

        return [.. words];
    }

    private static string SourceFolder([System.Runtime.CompilerServices.CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
