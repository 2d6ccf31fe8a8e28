using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.RegularExpressions;
using NetWhy.Linux;
using NetWhy.Tests.App;
using Xunit;

namespace NetWhy.Tests.Tools.Ss;

/// <summary>Sockets of many kinds in a network namespace of their own, as ss and as netwhy show them.</summary>
public sealed partial class SsComparisonTests(SsComparisonTests.Network network) : IClassFixture<SsComparisonTests.Network>
{
    public static TheoryData<string> Lines =>
    [
        // the guide's
        "-tnp", "-tlnp", "-tnp dport = :443", "-tnp src 127.0.0.0/8", "-tn state established", "-tn state time-wait",
        "-tn state close-wait", "-tnmi", "-ti dst 127.0.0.1", "-tn dst 127.0.0.1", "-tn state syn-sent",

        // tables, families, columns
        "-a", "-an", "-ap", "-tan", "-uan", "-uanp", "-wan", "-wa", "-xa", "-xap", "-x", "-0", "-0n", "-0e", "-f netlink",
        "-f netlink -n", "-f link", "-A all", "-A tcp,udp -an", "-A unix_stream -a", "-A !tcp -an", "-tane", "-tanoe", "-tni -O",
        "-tnmi -O", "-tanm", "-uanm", "-xam", "-xae", "-0am", "-Man", "-4tan", "-6tan", "-tH", "-tnH state all", "-tl", "-tar",
        "-tan --tos", "-tan --inet-sockopt", "-an -f inet", "-an -f inet6", "--tcp --numeric --listening", "--tcp --all --process",

        // filters
        "-tan dport = :8080", "-tan sport = 443", "-tan sport = :https", "-tan dport != :443", "-tan dport < 1024",
        "-tan dport <= 443", "-tan dport > 9000", "-tan dport >= :9090", "-tan dport lt 1024", "-tan dport ge 9090 and sport gt 1024",
        "-tan ( dport = :443 or sport = :443 )", "-tan ( dport = :443 or sport = :443 ) and dst 127.0.0.1", "-tan not dport = :443",
        "-tan ! dport = :443", "-tan not ( dport = :443 or dport = :8080 )", "-tan dport = :443 or sport = :443 or dport = :9090",
        "-tan dport = :443 or dport = :8080 and sport gt 1000", "-tan dport = :8080 src 127.0.0.9", "-tan src 127.0.0.9",
        "-tan sport = :443 or sport = :8080 and src 127.0.0.9", "-tan sport = :443 and src 127.0.0.9 or sport = :8080",
        "-tan sport = :443 or sport = :8080 src 127.0.0.9", "-tan sport = :443 or not sport = :8080 and dport = :443",
        "-tan -4 -6", "-tan -6 -4", "-tan sport = 0x1bb", "-tan src 127.0.0.0/255.0.0.0", "-f netlink -a src 0:0",
        "-tan src 127.0.0.9:8080", "-tan dst 127.0.0.1:8080", "-tan dst = 127.0.0.1:443", "-tan dst 127.0.0.0/8:443", "-tan dst 127/8",
        "-tan src [::1]:9090", "-tan dst [::1]", "-tan dst inet6:[::1]:9090", "-tan dst inet:127.0.0.1",
        "-tan src *:8080", "-tan src 0.0.0.0/0", "-tan src any", "-tan dev lo", "-tan dev != lo", "-tan dev lo or dport = :443",
        "-tan fwmark = 0x12", "-tan fwmark = 0x10/0xf0", "-tan fwmark != 0x12", "-tan autobound", "-tan not autobound",
        "-tan state listening", "-tan state listening sport = :8080", "-tan exclude established",
        "-tan exclude listening exclude time-wait", "-tan state connected", "-tan state synchronized", "-tan state bucket",
        "-tan state big", "-tan state all", "-tan state established state close-wait", "-tan dst localhost", "-uan sport = :5353",
        "-uan dport = :5353", "-an sport = :domain", "-xa src @abs", "-xa src *sst*", "-xa src unix:@seq", "-an src unix:*abs*",
        "-0n src link:ip", "-0n src link:*:lo", "-an src netlink:rtnl", "-f netlink src rtnl:kernel",
        "-tan dport = :443 & sport gt 1000", "-tan dport = :443 | dport = :8080", "-tan dport eq 443", "-tan dport neq 443",
        "-tan sport geq 40000 and sport leq 65535",
    ];

    [Theory]
    [MemberData(nameof(Lines))]
    public void The_text_is_that_of_ss(string line)
    {
        network.SkipIfAbsent();
        string[] words = line.Split(' ');

        // What TCP measures moves between two looks, and so do the names of the tools' own netlink sockets.
        bool isMoving = line is "-a" or "-ap" or "-f netlink" || (words[0][1] != '-' && words[0].Contains('i', StringComparison.Ordinal));

        // Other tests of this process open and close descriptors, and ss may miss one of ours meanwhile.
        string theirText = "", ourText = "";
        for (int look = 0; look < 3; look++)
        {
            ProgramResult theirs = network.Run("ss", words);
            ProgramResult ours = network.Run(NetWhyProgram.Path, ["ss", .. words]);
            Assert.Equal((theirs.ExitCode, ""), (ours.ExitCode, ours.Output.Length > 0 || theirs.Output.Length == 0 ? "" : ours.Error));
            (theirText, ourText) = (Steady(theirs.Output, isMoving), Steady(ours.Output, isMoving));
            if (theirText == ourText)
                break;
        }

        Assert.Equal(theirText, ourText);
    }

    [Fact]
    public void Json_has_every_field_of_the_kernel_under_its_name()
    {
        network.SkipIfAbsent();
        ProgramResult result = network.Run(NetWhyProgram.Path, ["ss", "-tanp", "--json"]);
        using var json = JsonDocument.Parse(result.Output);
        JsonElement[] sockets = [.. json.RootElement.GetProperty("sockets").EnumerateArray()];
        JsonElement connection = sockets.First(socket =>
            socket.GetProperty("state").GetString() == "ESTAB" && socket.GetProperty("peer").GetProperty("port").GetInt32() == 8080);

        Assert.Equal("netwhy.sockets/1", json.RootElement.GetProperty("schema").GetString());
        Assert.Equal(network.Run("ss", ["-tanH"]).Output.Count(character => character == '\n'), sockets.Length);
        Assert.InRange(connection.GetProperty("tcpInfo").GetProperty("tcpi_rtt").GetInt64(), 1, 1_000_000);
        Assert.Equal("us", json.RootElement.GetProperty("units").GetProperty("tcpi_rtt").GetString());
        Assert.Contains(connection.GetProperty("processes").EnumerateArray(), process => process.GetProperty("pid").GetInt32() == Environment.ProcessId);
    }

    [Fact]
    public void Processes_are_the_same_with_and_without_the_kernels_iterator()
    {
        network.SkipIfAbsent();
        uint[] before = [.. ProcessTable.SocketsOf(Environment.ProcessId)]; // other tests open and close sockets meanwhile
        var byProc = SocketOwners.Find(mayAskKernel: false);
        var byKernel = SocketOwners.Find();
        if (byKernel.Source.StartsWith("/proc", StringComparison.Ordinal))
            Assert.Skip(byKernel.Source);
        foreach (uint inode in before.Intersect(ProcessTable.SocketsOf(Environment.ProcessId)))
        {
            SocketOwner[] expected = [.. Owners(byProc, inode)];
            Assert.Contains(expected, owner => owner.Pid == Environment.ProcessId);
            Assert.Equal(expected, Owners(byKernel, inode));
        }

        static List<SocketOwner> Owners(SocketOwners owners, uint inode)
        {
            var found = new List<SocketOwner>();
            foreach (SocketOwner owner in owners.Of(inode))
                found.Add(owner);
            return found;
        }
    }

    [Fact]
    public void Proc_is_read_only_until_the_wanted_sockets_have_owners()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        string link = new FileInfo(string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{socket.Handle}")).LinkTarget!;
        uint inode = uint.Parse(link["socket:[".Length..^1], CultureInfo.InvariantCulture);

        var owners = SocketOwners.Find(() => [inode], mayAskKernel: false);

        Assert.Equal(Environment.ProcessId, owners.OldestOf(inode)!.Value.Pid);
        Assert.Equal((int)socket.Handle, owners.OldestOf(inode)!.Value.Descriptor);
    }

    [Fact]
    public void Only_what_the_filter_names_is_closed()
    {
        network.SkipIfAbsent();
        (Socket doomed, Socket spared) = network.ConnectPair();
        using (doomed)
        using (spared)
        {
            int port = ((IPEndPoint)doomed.LocalEndPoint!).Port;
            ProgramResult result = network.Run(NetWhyProgram.Path, ["ss", "-tnKH", "sport", "=", $":{port}"]);

            Assert.Equal(0, result.ExitCode);
            Assert.Contains($":{port}", result.Output, StringComparison.Ordinal);
            Assert.Equal(SocketError.ConnectionAborted, Assert.Throws<SocketException>(() => doomed.Receive(new byte[1])).SocketErrorCode);
            Assert.Equal(1, spared.Send([1]));
        }
    }

    [Fact]
    public void Help_is_shown_wherever_it_is_asked_for_and_nothing_is_closed()
    {
        network.SkipIfAbsent();
        (Socket one, Socket other) = network.ConnectPair();
        using (one)
        using (other)
        {
            ProgramResult result = network.Run(NetWhyProgram.Path, ["ss", "-taK", "dst", "192.0.2.1", "-h"]);

            Assert.Equal(0, result.ExitCode);
            Assert.Contains("Usage:", result.Output, StringComparison.Ordinal);
            Assert.Equal(1, one.Send([1]));
            Assert.Equal(1, other.Send([1]));
        }
    }

    [Fact]
    public void All_listeners_of_one_port_are_closed_though_closing_one_hides_the_others()
    {
        network.SkipIfAbsent();
        Socket[] listeners = [.. Enumerable.Range(0, 3).Select(_ => network.ListenOnShared(7070))];

        ProgramResult result = network.Run(NetWhyProgram.Path, ["ss", "-tlnKH", "sport", "=", ":7070"]);

        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Equal(3, result.Output.Count(character => character == '\n'));
        foreach (Socket listener in listeners)
            listener.Dispose();
    }

    [Theory]
    [InlineData("-tK", "-K without a filter")]
    [InlineData("-taK", "-K without a filter")]
    [InlineData("-tlK", "-K without a filter")]
    [InlineData("-A tcp -K", "-K without a filter")]
    [InlineData("-tnK dport = :", "names no address and no port")]
    [InlineData("-tnK src any or dport = :443", "names no address and no port")]
    [InlineData("-tnK dport = :443 or dport = :80 and src 127.0.0.1", "from left to right")]
    [InlineData("-wK dst 127.0.0.1", "TCP and UDP sockets only")]
    [InlineData("-tK state established --by state", "neither -E nor --watch nor --by")]
    [InlineData("-t cgroup /proc", "no cgroup (version 2)")]
    [InlineData("-t dst [fe80::1%lo]", "an inet prefix is expected")]
    [InlineData("-tE --by state", "--json and --by go with neither")]
    [InlineData("-tn --by colour", "cannot be counted by 'colour'")]
    [InlineData("-tn state nonsense", "wrong state name: nonsense")]
    [InlineData("-f x25", "invalid family")]
    [InlineData("-A x25", "illegal socket table id")]
    [InlineData("-N no-such-namespace", "there is no network namespace")]
    [InlineData("-tn dport = :443 )", "not expected there")]
    public void Misuse_is_said_in_one_line(string line, string expected)
    {
        ProgramResult result = NetWhyProgram.Run(["ss", .. line.Split(' ')]);

        Assert.Contains(expected, result.Error, StringComparison.Ordinal);
        Assert.StartsWith("netwhy ss: ", result.Error, StringComparison.Ordinal);
        Assert.Single(result.Error.TrimEnd().Split('\n'));
        Assert.Equal("", result.Output);
        Assert.InRange(result.ExitCode, 2, 3);
    }

    [Fact]
    public void Counts_add_up()
    {
        network.SkipIfAbsent();
        int sockets = network.Run("ss", ["-tanH"]).Output.Count(character => character == '\n');
        foreach (string key in (string[])["state", "process", "peer", "port", "cgroup"])
        {
            using var json = JsonDocument.Parse(network.Run(NetWhyProgram.Path, ["ss", "-tan", "--by", key, "--json"]).Output);
            Assert.Equal(sockets, json.RootElement.GetProperty("counts").EnumerateArray().Sum(count => count.GetProperty("count").GetInt32()));
        }
    }

    // What differs between two looks at the same sockets: the tools' own sockets, clocks, and what TCP measures.
    private static string Steady(string text, bool isMoving)
    {
        string steady = OwnSocket().Replace(text, "");
        steady = Timer().Replace(steady, "timer:($1,");
        if (!isMoving)
            return steady;
        steady = Measured().Replace(steady, "");
        return string.Join('\n', steady.Split('\n').Select(line => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries))));
    }

    [GeneratedRegex(@"^[^\n]*(tcpdiag|\b4):(ss/|netwhy/|\d)[^\n]*\n|^[^\n]*(tcpdiag|\b4):(kernel|0) [^\n]*\n", RegexOptions.Multiline)]
    private static partial Regex OwnSocket();

    [GeneratedRegex(@"timer:\((\w+),[^,]*,")]
    private static partial Regex Timer();

    [GeneratedRegex(@" (lastsnd|lastrcv|lastack|busy|rcv_rtt|ato|rtt|minrtt|bbr):\S*| (send|pacing_rate|delivery_rate) \S*bps")]
    private static partial Regex Measured();

    /// <summary>The namespace and its sockets.</summary>
    public sealed class Network : IDisposable
    {
        private readonly string _name = $"netwhy-ss-{Environment.ProcessId}";
        private readonly List<Socket> _sockets = [];
        private readonly string _folder = Directory.CreateTempSubdirectory("netwhy-sst-").FullName;
        private readonly string? _absence;

        public Network()
        {
            if (Environment.UserName != "root")
                _absence = "network namespaces need root";
            else if (!File.Exists("/usr/bin/ss") && !File.Exists("/bin/ss") && !File.Exists("/usr/sbin/ss"))
                _absence = "ss (package iproute2) is not installed";
            if (_absence is not null)
                return;
            Ip("netns", "add", _name);
            Ip("-n", _name, "link", "set", "lo", "up");
            NetworkNamespace.Run(_name, Open);
        }

        public void SkipIfAbsent()
        {
            if (_absence is not null)
                Assert.Skip(_absence);
        }

        internal ProgramResult Run(string program, IEnumerable<string> arguments) =>
            NetWhyProgram.Run("ip", ["netns", "exec", _name, program, .. arguments], []);

        public (Socket First, Socket Second) ConnectPair() => NetworkNamespace.Run(_name, () =>
        {
            Socket[] pair = [Connect(IPAddress.Loopback, 8080), Connect(IPAddress.Loopback, 8080)];
            return (pair[0], pair[1]);
        });

        public Socket ListenOnShared(int port) => NetworkNamespace.Run(_name, () =>
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            socket.SetRawSocketOption(1, 15, BitConverter.GetBytes(1)); // SOL_SOCKET, SO_REUSEPORT
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            socket.Listen();
            return socket;
        });

        public void Dispose()
        {
            foreach (Socket socket in _sockets)
                socket.Dispose();
            if (_absence is null)
                Ip("netns", "del", _name);
            Directory.Delete(_folder, recursive: true);
        }

        private static void Ip(params string[] arguments)
        {
            using Process process = Process.Start("ip", arguments);
            process.WaitForExit();
            if (process.ExitCode != 0)
                throw new InvalidOperationException($"ip {string.Join(' ', arguments)}: exit code {process.ExitCode}");
        }

        private bool Open()
        {
            Socket server = Listen(IPAddress.Loopback, 8080);
            Listen(IPAddress.Loopback, 443);
            Socket dual = Listen(IPAddress.IPv6Any, 9090, isDual: true);
            Listen(IPAddress.IPv6Any, 9091);
            for (int i = 0; i < 4; i++)
            {
                Socket client = Connect(IPAddress.Loopback, 8080, isKept: true);
                client.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, i % 2 == 0);
                Keep(server.Accept());
                client.Send(new byte[1000 * i]);
            }

            Connect(IPAddress.Loopback, 443, isKept: true);
            Connect(IPAddress.IPv6Loopback, 9090, isKept: true);
            Keep(dual.Accept());
            Connect(IPAddress.Loopback, 9090, isKept: true);
            Keep(dual.Accept());

            // CLOSE-WAIT here, FIN-WAIT-2 there; then TIME-WAIT
            Socket waiting = Keep(new Socket(SocketType.Stream, ProtocolType.Tcp));
            waiting.Bind(new IPEndPoint(IPAddress.Parse("127.0.0.9"), 0));
            waiting.Connect(IPAddress.Loopback, 8080);
            server.Accept().Dispose();
            Socket marked = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            marked.SetRawSocketOption(1, 36, BitConverter.GetBytes(0x12)); // SOL_SOCKET, SO_MARK
            marked.SetRawSocketOption(0, 1, BitConverter.GetBytes(0x10)); // IPPROTO_IP, IP_TOS
            Keep(marked).Connect(IPAddress.Loopback, 8080);
            Keep(server.Accept());
            using (Socket brief = Connect(IPAddress.Loopback, 8080))
            using (Socket accepted = server.Accept())
                brief.Shutdown(SocketShutdown.Both);

            OpenDatagrams();
            OpenUnix();
            return true;
        }

        private void OpenDatagrams()
        {
            Socket udp = Keep(new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp));
            udp.Bind(new IPEndPoint(IPAddress.Loopback, 5353));
            Keep(new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp)).Connect(IPAddress.Loopback, 5353);
            Keep(new Socket(AddressFamily.InterNetworkV6, SocketType.Dgram, ProtocolType.Udp)).Bind(new IPEndPoint(IPAddress.IPv6Loopback, 53));
            Keep(new Socket(AddressFamily.InterNetwork, SocketType.Raw, ProtocolType.Icmp));
            Keep(new Socket(AddressFamily.InterNetworkV6, SocketType.Raw, ProtocolType.IcmpV6));
            Socket bound = Keep(new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp));
            bound.SetRawSocketOption(1, 25, "lo\0"u8); // SOL_SOCKET, SO_BINDTODEVICE
            bound.Bind(new IPEndPoint(IPAddress.Loopback, 7777));
            bound.Listen(3);
            foreach (ushort type in (ushort[])[3, 0x0800, 0x86dd, 0x88cc, 0x8100, 0x1234])
                Keep(new Socket(AddressFamily.Packet, SocketType.Raw, (ProtocolType)(ushort)IPAddress.HostToNetworkOrder((short)type)));
        }

        private void OpenUnix()
        {
            foreach (string path in (string[])["\0abs", Path.Combine(_folder, "sst.sock")])
            {
                Socket listener = Keep(new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified));
                listener.Bind(new UnixDomainSocketEndPoint(path));
                listener.Listen(3);
                Keep(new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)).Connect(new UnixDomainSocketEndPoint(path));
            }

            Socket sequential = Keep(new Socket(AddressFamily.Unix, SocketType.Seqpacket, ProtocolType.Unspecified));
            sequential.Bind(new UnixDomainSocketEndPoint("\0seq"));
            sequential.Listen(1);
        }

        private Socket Listen(IPAddress address, int port, bool isDual = false)
        {
            Socket socket = Keep(new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp));
            if (address.AddressFamily is AddressFamily.InterNetworkV6)
                socket.DualMode = isDual;
            socket.Bind(new IPEndPoint(address, port));
            socket.Listen(16);
            return socket;
        }

        private Socket Connect(IPAddress address, int port, bool isKept = false)
        {
            var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            socket.Connect(address, port);
            return isKept ? Keep(socket) : socket;
        }

        private Socket Keep(Socket socket)
        {
            _sockets.Add(socket);
            return socket;
        }
    }
}
