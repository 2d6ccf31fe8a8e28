using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using NetWhy.Linux;
using NetWhy.Tests.App;
using Xunit;

namespace NetWhy.Tests.Tools.Nc;

/// <summary>What <c>netwhy nc</c> says and exits with is what nc of OpenBSD does, in the same namespace.</summary>
public sealed partial class NcAgainstNcTests : IClassFixture<PathNamespaces>, IDisposable
{
    private const string Original = "nc"; // by its name: it says that in front of what is wrong

    // For 20 s at most: a busy machine starts programs slowly.
    private const string UntilItListens = "for i in $(seq 200); do ss -Hltunx | grep -q ':44[45][0-9] \\|netwhy-nc-test' && break; sleep 0.1; done";

    private static readonly string[] Lines =
    [
        "-zv 10.91.2.2 80", "-zv 10.91.2.2 81", "-z 10.91.2.2 80", "-z 10.91.2.2 81", "-zv server.test 80", "-4zv server.test 81", "-zv four.test 80-82", "-zv 10.91.2.2 82-80",
        "-znv 10.91.2.2 80", "-zv 10.91.2.2 5000", "-zv 10.91.2.2 http", "-zv 10.91.2.2 80 5000", "-zv 10.91.2.2 nosuch", "-zv 10.91.2.2 0", "-zv 10.91.2.2 70000", "-zv 10.91.2.2 80-", "-zv 10.91.2.2 80,443",
        "-6zv fd91:2::2 80", "-6zv fd91:2::2 81", "-6zv 10.91.2.2 80", "-4zv ::1 80", "-znv six.test 80", "-zv nosuch.test 80", "-zv 6.6.6.6 80", "-zv 6.6.6.7 80", "-zv 10.91.11.1 80", "-zv fd91:11::1 80",
        "-zv -w 1 10.91.20.1 80", "-zv -w1 10.91.20.1 80-82", "-zv localhost 81", "-zuv 10.91.2.2 53", "-zuv 10.91.2.2 54", "-zvu 10.91.2.2 domain", "-zv -p 4000 10.91.2.2 81", "-zv -s 10.91.1.2 10.91.2.2 80", "-zv -s 1.2.3.4 10.91.2.2 80",
        "-zvw x 10.91.2.2 80", "-w -1 10.91.2.2 80", "-i x 10.91.2.2 80", "-q x 10.91.2.2 80", "-T foo 10.91.2.2 80", "-M 300 10.91.2.2 80", "-W 0 10.91.2.2 80", "-I x 10.91.2.2 80",
        "10.91.2.2", "-l", "-lz 80", "-k 10.91.2.2 80", "-U /nosuch", "-lU /nosuch/x", "-l -p 80 -s 1.2.3.4", "-v 10.91.2.2 80", "-v 10.91.2.2 81", "-zvD 10.91.2.2 80", "-T ef -zv 10.91.2.2 80", "-C -v 10.91.2.2 80",
    ];

    private readonly PathNamespaces _way;
    private readonly List<Socket> _servers;

    public NcAgainstNcTests(PathNamespaces way)
    {
        Assert.SkipUnless(File.Exists("/bin/nc.openbsd"), "netcat-openbsd is not installed");
        _way = way;
        _servers = NetworkNamespace.Run(way.Server, () => new List<Socket>
        {
            Listener(new IPEndPoint(IPAddress.Parse("10.91.2.2"), 80)),
            Listener(new IPEndPoint(IPAddress.Parse("10.91.2.2"), 5000)),
            Listener(new IPEndPoint(IPAddress.Parse("fd91:2::2"), 80)),
            Datagrams(new IPEndPoint(IPAddress.Parse("10.91.2.2"), 53)),
        });
        foreach (Socket server in _servers.Where(one => one.SocketType is SocketType.Stream))
            _ = CloseEachAsync(server);
    }

    [Fact]
    public void Words_and_exit_codes_are_those_of_nc()
    {
        var wrong = new List<string>();
        foreach (string line in Lines)
        {
            string[] words = line.Split(' ');
            ProgramResult original = Run([Original, .. words]);
            ProgramResult ours = Run([NetWhyProgram.Path, "nc", .. words]);
            if (original != ours)
                wrong.Add($"nc {line}\n--- original\n{original}\n--- ours\n{ours}");
        }

        Assert.True(wrong.Count == 0, string.Join("\n\n", wrong));
    }

    [Theory]
    [InlineData("nc -nlv 10.91.1.2 4446 </dev/null", "nc -N 10.91.1.2 4446")]
    [InlineData("nc -nlv ::1 4447 </dev/null", "nc -N ::1 4447")]
    [InlineData("nc -l -p 4448 </dev/null", "nc -q 0 127.0.0.1 4448")]
    [InlineData("nc -lnvu 127.0.0.1 4449 -w1 -W1 </dev/null", "nc -u -q 0 127.0.0.1 4449")]
    [InlineData("nc -lvU /tmp/netwhy-nc-test </dev/null; rm -f /tmp/netwhy-nc-test", "nc -NU /tmp/netwhy-nc-test")]
    public void What_is_sent_arrives_whoever_listens_and_whoever_sends(string listen, string send)
    {
        string expected = "";
        foreach ((bool isOurListener, bool isOurSender) in new[] { (false, false), (true, false), (false, true), (true, true) })
        {
            string listener = isOurListener ? listen.Replace("nc -", $"{NetWhyProgram.Path} nc -", StringComparison.Ordinal) : listen;
            string sender = isOurSender ? send.Replace("nc -", $"{NetWhyProgram.Path} nc -", StringComparison.Ordinal) : send;
            string script = $"rm -f /tmp/netwhy-nc-test; (timeout 20 {listener}) 2>&1 & {UntilItListens}; printf 'a\\000b\\377\\n' | timeout 20 {sender} >/dev/null 2>&1; wait";
            ProgramResult result = Run(["sh", "-c", script]);
            string output = Ports().Replace(result.Output, " #");
            if (expected.Length == 0)
                expected = output;
            Assert.Equal(expected, output);
            Assert.Contains("a\0b", output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_megabyte_goes_both_ways_at_once_and_no_octet_is_lost()
    {
        const string Script = """
            head -c 3000000 /dev/urandom > /tmp/netwhy-nc-a; head -c 2000000 /dev/urandom > /tmp/netwhy-nc-b
            (timeout 20 NETWHY nc -N -l 127.0.0.1 4450 < /tmp/netwhy-nc-a > /tmp/netwhy-nc-c) & LISTENS
            timeout 20 NETWHY nc -N 127.0.0.1 4450 < /tmp/netwhy-nc-b > /tmp/netwhy-nc-d; wait
            cmp /tmp/netwhy-nc-a /tmp/netwhy-nc-d && cmp /tmp/netwhy-nc-b /tmp/netwhy-nc-c && echo same
            rm -f /tmp/netwhy-nc-?
            """;
        ProgramResult result = Run(["sh", "-c", Script.Replace("NETWHY", NetWhyProgram.Path, StringComparison.Ordinal).Replace("LISTENS", UntilItListens, StringComparison.Ordinal)]);
        Assert.Equal("same\n", result.Output);
    }

    [Fact]
    public void A_thousand_ports_that_are_dropped_cost_one_timeout()
    {
        // One after the other would take 2048 s, and is killed after a minute.
        ProgramResult result = Run([NetWhyProgram.Path, "nc", "-z", "-w", "2", "--json", "10.91.20.1", "1-1024"]);
        using var document = System.Text.Json.JsonDocument.Parse(result.Output);
        Assert.Equal((1, 1024, 0), (result.ExitCode, document.RootElement.GetProperty("tried").GetInt32(), document.RootElement.GetProperty("open").GetInt32()));
        Assert.All(
            document.RootElement.GetProperty("ports").EnumerateArray(),
            port => Assert.Equal("timeout", port.GetProperty("trials")[0].GetProperty("outcome").GetString()));
    }

    public void Dispose()
    {
        foreach (Socket server in _servers ?? [])
            server.Dispose();
    }

    private static Socket Listener(IPEndPoint end)
    {
        var socket = new Socket(end.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(end);
        socket.Listen(100);
        return socket;
    }

    private static Socket Datagrams(IPEndPoint end)
    {
        var socket = new Socket(end.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(end);
        return socket;
    }

    private static async Task CloseEachAsync(Socket server)
    {
        try
        {
            while (true)
                (await server.AcceptAsync()).Dispose();
        }
        catch (Exception end) when (end is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private ProgramResult Run(string[] command) =>
        PathNamespaces.Run(_way.Client, ["sh", "-c", "exec \"$@\" </dev/null", "sh", .. command]);

    [GeneratedRegex(@"(?<=received on \S+) \d+")]
    private static partial Regex Ports();
}
