using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using NetWhy.Linux;
using NetWhy.Tests.App;
using Xunit;

namespace NetWhy.Tests.Collect;

/// <summary>A network namespace <c>a</c> with 10.9.0.1 on eth0, joined to <c>b</c> with 10.9.0.2, and the audits of it.</summary>
internal sealed class AuditedNamespace : IDisposable
{
    private static int _number;

    private readonly CancellationTokenSource _end = new();
    private readonly List<Task> _loads = [];

    public AuditedNamespace()
    {
        if (Environment.UserName != "root")
            Assert.Skip("network namespaces need root");
        string unique = string.Create(CultureInfo.InvariantCulture, $"netwhy-host-{Environment.ProcessId}-{Interlocked.Increment(ref _number)}");
        (Name, Peer) = (unique + "a", unique + "b");
        Shell(null, $"""
            ip netns add {Name}; ip netns add {Peer}
            ip link add eth0 netns {Name} type veth peer name eth0 netns {Peer}
            for n in {Name} {Peer}; do ip -n $n link set lo up; ip -n $n link set eth0 up; done
            ip -n {Name} addr add 10.9.0.1/16 dev eth0; ip -n {Peer} addr add 10.9.0.2/16 dev eth0
            """);
    }

    public string Name { get; }

    public string Peer { get; }

    /// <summary>Runs a shell script in a namespace.</summary>
    public static void Shell(string? name, string script)
    {
        string[] command = ["sh", "-e", "-c", script];
        ProgramResult result = name is null
            ? NetWhyProgram.Run(command[0], command[1..], [])
            : NetWhyProgram.Run("ip", ["netns", "exec", name, .. command], []);
        Assert.True(result.ExitCode == 0, result.Error);
    }

    /// <summary>Does something again and again, on a thread in the namespace, until the end.</summary>
    public void Keep(string name, Action<Socket> step) => _loads.Add(Task.Run(() => NetworkNamespace.Run(name, () =>
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        while (!_end.IsCancellationRequested)
            step(socket);
        return true;
    })));

    /// <summary>Sends datagrams to the peer until the end.</summary>
    public void Flood(IPAddress to, int size)
    {
        byte[] octets = new byte[size];
        var peer = new IPEndPoint(to, 9);
        Keep(Name, socket =>
        {
            for (int i = 0; i < 20; i++)
            {
                try
                {
                    socket.SendTo(octets, peer);
                }
                catch (SocketException)
                {
                    // The peer has told that nobody listens, or a queue is full: that is what is wanted.
                }
            }

            Thread.Sleep(5);
        });
    }

    /// <summary>Audits the namespace.</summary>
    public JsonElement Audit()
    {
        ProgramResult result = NetWhyProgram.Run("host", "--net", Name, "--json", "-v", "--all");
        using var document = JsonDocument.Parse(result.Output);
        return document.RootElement.Clone();
    }

    /// <summary>Signals of one check or cause.</summary>
    public static JsonElement[] Signals(JsonElement audit, string check) =>
        [.. audit.GetProperty("signals").EnumerateArray().Where(signal => signal.GetProperty("check").GetString() == check)];

    /// <summary>How the one signal of a check stands.</summary>
    public static (string? Standing, string Text) One(JsonElement audit, string check)
    {
        JsonElement signal = Assert.Single(Signals(audit, check));
        return (signal.GetProperty("standing").GetString(), $"{signal.GetProperty("title").GetString()}: {signal.GetProperty("value").GetString()}; {(signal.TryGetProperty("meaning", out JsonElement meaning) ? meaning.GetString() : "")}");
    }

    public void Dispose()
    {
        _end.Cancel();
        Task.WaitAll([.. _loads]);
        _end.Dispose();
        Shell(null, $"ip netns del {Name}; ip netns del {Peer}");
    }
}
