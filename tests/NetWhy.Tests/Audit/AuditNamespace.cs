using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using NetWhy.Collect.Routing;
using NetWhy.Diagnose.Audit;
using NetWhy.Evidence;
using NetWhy.Linux;
using NetWhy.Tests.App;
using Xunit;

namespace NetWhy.Tests.Audit;

/// <summary>Two network namespaces with a cable between them, to make the kernel count what checks look at; needs root.</summary>
public sealed class AuditNamespace : IDisposable
{
    /// <summary>Address of this side.</summary>
    public static readonly IPAddress Here = IPAddress.Parse("10.77.0.1");

    /// <summary>Address of the other side.</summary>
    public static readonly IPAddress There = IPAddress.Parse("10.77.0.2");

    private static int _number;

    private readonly string _other;
    private readonly string? _absence;

    public AuditNamespace()
    {
        Name = $"netwhy-audit-{Environment.ProcessId}-{Interlocked.Increment(ref _number)}";
        _other = Name + "-other";
        if (Environment.UserName != "root")
            _absence = "network namespaces need root";
        if (_absence is not null)
            return;
        foreach (string name in new[] { Name, _other })
        {
            Run("ip", "netns", "add", name);
            Run("ip", "-n", name, "link", "set", "lo", "up");
        }

        Run("ip", "-n", Name, "link", "add", "eth0", "type", "veth", "peer", "name", "eth0", "netns", _other);
        foreach ((string name, IPAddress address) in new[] { (Name, Here), (_other, There) })
        {
            Run("ip", "netns", "exec", name, "sysctl", "-qw", "net.ipv6.conf.eth0.disable_ipv6=1"); // no talk of its own
            Run("ip", "-n", name, "address", "add", $"{address}/24", "dev", "eth0");
            Run("ip", "-n", name, "link", "set", "eth0", "up");
        }
    }

    /// <summary>Name of the namespace that is looked at.</summary>
    public string Name { get; }

    public void SkipIfAbsent()
    {
        if (_absence is not null)
            Assert.Skip(_absence);
    }

    /// <summary>Runs a command line in the namespace that is looked at.</summary>
    public void Exec(string line) => Run("ip", ["netns", "exec", Name, .. line.Split(' ')]);

    /// <summary>Runs a command line in the other one.</summary>
    public void ExecThere(string line) => Run("ip", ["netns", "exec", _other, .. line.Split(' ')]);

    /// <summary>Runs the program in the namespace that is looked at.</summary>
    internal ProgramResult NetWhy(params string[] arguments) =>
        NetWhyProgram.Run("ip", ["netns", "exec", Name, NetWhyProgram.Path, .. arguments], []);

    /// <summary>Runs code in the namespace that is looked at.</summary>
    public void InHere(Action action) => RunIn(Name, action);

    /// <summary>Runs code in the other one.</summary>
    public void InThere(Action action) => RunIn(_other, action);

    /// <summary>What the kernel counted while something was done.</summary>
    /// <param name="stimulus">It.</param>
    internal KernelCounters Counted(Action stimulus)
    {
        Dictionary<string, long> before = NetworkNamespace.Run(Name, KernelCounterReading.Take);
        stimulus();
        Dictionary<string, long> after = Settled();
        return new KernelCounters(
            after.Select(pair => KeyValuePair.Create(pair.Key, pair.Value - before.GetValueOrDefault(pair.Key))).Where(pair => pair.Value != 0).ToDictionary(),
            TimeSpan.FromSeconds(1))
        {
            Totals = after.Where(pair => pair.Value != 0).ToDictionary(),
            Quiet = [.. after.Where(pair => pair.Value == 0).Select(pair => pair.Key)],
        };
    }

    /// <summary>The counters when no more packets come in: a busy machine takes them a moment later.</summary>
    internal Dictionary<string, long> Settled()
    {
        string[] arrived = ["Ip.InReceives", "Ip6InReceives", "Tcp.InSegs"];
        Dictionary<string, long> counters = NetworkNamespace.Run(Name, KernelCounterReading.Take);
        using var moment = new ManualResetEvent(false);
        for (int i = 0; i < 20; i++)
        {
            moment.WaitOne(100);
            Dictionary<string, long> later = NetworkNamespace.Run(Name, KernelCounterReading.Take);
            bool isSettled = arrived.All(name => later.GetValueOrDefault(name) == counters.GetValueOrDefault(name));
            counters = later;
            if (isSettled)
                break;
        }

        return counters;
    }

    /// <summary>Holds that what is done makes some checks of counters speak, and no other ones.</summary>
    /// <param name="stimulus">What is done, in words.</param>
    /// <param name="make">It.</param>
    /// <param name="expected">Checks that must speak.</param>
    /// <param name="beside">Checks that may, since it honestly happens beside it.</param>
    /// <returns>What the checks say.</returns>
    internal Signal[] Holds(string stimulus, Action make, string[] expected, params string[] beside)
    {
        SkipIfAbsent();
        KernelCounters counters = Counted(make);
        Signal[] signals = Judge(counters);
        string[] speaking = [.. signals.Where(signal => signal.Standing is not (Standing.Fine or Standing.Unknown)).Select(signal => signal.Check)];
        string seen = string.Join(", ", counters.Growth.Select(pair => $"{pair.Key} {pair.Value}"));
        Assert.True(!expected.Except(speaking).Any(), $"{stimulus}: {string.Join(", ", speaking)} speak of {seen}");
        string[] surplus = [.. speaking.Except(expected).Except(beside).Except(["route.martians"])]; // which is of all namespaces, and other tests have theirs
        Assert.True(surplus.Length == 0, $"{stimulus}: {string.Join(", ", surplus)} speak too, of {seen}");
        Assert.All(signals.Where(signal => expected.Contains(signal.Check)), signal => Assert.NotEqual("", signal.Meaning));
        return signals;
    }

    /// <summary>Opens connections between the two sides.</summary>
    /// <param name="count">How many.</param>
    /// <param name="fromThere">Whether the other side begins them; else this one does.</param>
    /// <param name="port">Port of the service; 0 for any.</param>
    internal List<(Socket Client, Socket Server)> Connect(int count, bool fromThere = false, int port = 0)
    {
        List<(Socket Client, Socket Server)> pairs = [];
        RunIn(fromThere ? Name : _other, () =>
        {
            using Socket listener = Tcp();
            listener.Bind(new IPEndPoint(fromThere ? Here : There, port));
            listener.Listen(128);
            RunIn(fromThere ? _other : Name, () =>
            {
                for (int i = 0; i < count; i++)
                {
                    Socket client = Tcp();
                    client.Connect(listener.LocalEndPoint!);
                    pairs.Add((client, listener.Accept()));
                }
            });
        });
        return pairs;
    }

    /// <summary>Closes connections.</summary>
    internal static void Close(List<(Socket Client, Socket Server)> pairs) => pairs.ForEach(pair =>
    {
        pair.Client.Dispose();
        pair.Server.Dispose();
    });

    /// <summary>Everything that counter checks say of some counters.</summary>
    internal static Signal[] Judge(params Observation[] seen) =>
        [.. HostCheckCatalog.All.Where(check => check is CounterCheck).SelectMany(check => check.Evaluate(new EvidenceSet(seen)))];

    public static Socket Tcp() => new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    public static Socket Udp() => new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);

    /// <summary>A raw IPv4 packet without options: the kernel fills in its checksum, and the source if there is none.</summary>
    public static void SendRaw(IPAddress destination, byte protocol, byte timeToLive, ushort fragment, ReadOnlySpan<byte> payload, byte typeOfService = 0, IPAddress? source = null)
    {
        byte[] packet = new byte[20 + payload.Length];
        packet[0] = 0x45;
        packet[1] = typeOfService;
        packet[4] = (byte)Random.Shared.Next(256); // identification
        packet[5] = (byte)Random.Shared.Next(256);
        packet[6] = (byte)(fragment >> 8);
        packet[7] = (byte)fragment;
        packet[8] = timeToLive;
        packet[9] = protocol;
        source?.GetAddressBytes().CopyTo(packet, 12);
        destination.GetAddressBytes().CopyTo(packet, 16);
        payload.CopyTo(packet.AsSpan(20));
        using var raw = new Socket(AddressFamily.InterNetwork, SocketType.Raw, (ProtocolType)255); // IPPROTO_RAW: with header
        raw.SendTo(packet, new IPEndPoint(destination, 0));
    }

    /// <summary>A raw IPv6 packet.</summary>
    /// <param name="source">Its source.</param>
    /// <param name="destination">Its destination.</param>
    /// <param name="next">What follows the header, such as 17 for UDP.</param>
    /// <param name="hopLimit">Its hop limit.</param>
    /// <param name="payload">What follows.</param>
    /// <param name="trafficClass">Its traffic class.</param>
    public static void SendRaw6(IPAddress source, IPAddress destination, byte next, byte hopLimit, ReadOnlySpan<byte> payload, byte trafficClass = 0)
    {
        using var raw = new Socket(AddressFamily.InterNetworkV6, SocketType.Raw, (ProtocolType)255); // IPPROTO_RAW: with header
        raw.SendTo(RawPacket.IPv6(source, destination, next, hopLimit, payload, trafficClass), new IPEndPoint(destination, 0));
    }

    public void Dispose()
    {
        if (_absence is not null)
            return;
        Run("ip", "netns", "del", Name);
        Run("ip", "netns", "del", _other);
    }

    private static void RunIn(string name, Action action) => NetworkNamespace.Run(name, () =>
    {
        action();
        return true;
    });

    private static void Run(string program, params IEnumerable<string> arguments)
    {
        string[] words = [.. arguments];
        using Process process = Process.Start(new ProcessStartInfo(program, words) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        process.StandardOutput.ReadToEnd();
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{program} {string.Join(' ', words)}: exit code {process.ExitCode}: {error}");
    }
}
