using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using NetWhy.Linux;
using NetWhy.Linux.Interop;
using Xunit;

namespace NetWhy.Tests.Linux;

/// <summary>Calls into the system that could wait for ever, or believe what is no longer true.</summary>
public sealed class RobustnessTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("netwhy-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(Architecture.X64, 12, 4)]
    [InlineData(Architecture.Arm64, 16, 8)]
    public void An_epoll_event_is_packed_on_x86_64_only(Architecture architecture, int size, int offset)
    {
        EpollEvent layout = EpollEvent.Of(architecture);
        byte[] octets = new byte[size];
        layout.Write(octets, 5, 0x1122334455667788);

        Assert.Equal((size, offset), (layout.Size, layout.DataOffset));
        Assert.Equal(5u, MemoryMarshal.Read<uint>(octets));
        Assert.Equal(0x1122334455667788u, MemoryMarshal.Read<ulong>(octets.AsSpan(offset)));
        Assert.Equal((5u, 0x1122334455667788u), layout.Read(octets));
    }

    [Fact]
    public void A_socket_has_a_peer_only_once_it_is_connected()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        Assert.Equal(Errno.OK, LinuxSocket.Open(AddressFamily.InterNetwork, SocketKind.Tcp, out LinuxSocket? socket));
        using (socket)
        {
            Assert.False(socket!.HasPeer);
            _ = socket.Connect(IPAddress.Loopback, ((IPEndPoint)listener.LocalEndpoint).Port);
            listener.AcceptTcpClient().Dispose();
            Assert.True(socket.HasPeer);
        }
    }

    [Theory]
    [InlineData("/dev/zero")]
    [InlineData("/dev/null")]
    [InlineData("/")]
    public void Roots_come_from_regular_files_only(string path)
    {
        TrustStore store = TrustStore.Load(name => name is "SSL_CERT_FILE" ? path : null, extraFile: null);

        Assert.Equal((0, $"{path} is no regular file"), (store.Count, store.Problem));
    }

    [Fact]
    public async Task A_pipe_is_not_waited_for()
    {
        string pipe = Path.Combine(_folder, "pipe");
        Assert.Equal(0, App.NetWhyProgram.Run("mkfifo", [pipe], []).ExitCode);

        TrustStore store = await Task.Run(() => TrustStore.Load(name => name is "SSL_CERT_FILE" ? pipe : null, extraFile: null), TestContext.Current.CancellationToken)
            .WaitAsync(TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken);

        Assert.Equal($"{pipe} is no regular file", store.Problem);
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(1_000_000, true)]
    [InlineData(1_000_001, false)]
    public void A_file_is_read_to_its_end_or_to_the_limit(int length, bool isRead)
    {
        string path = Path.Combine(_folder, "file");
        File.WriteAllBytes(path, new byte[length]);

        Assert.Equal(isRead, RegularFile.TryRead(path, 1_000_000, out byte[] octets));
        Assert.Equal(isRead ? length : 0, octets.Length);
        Assert.True(RegularFile.TryRead("/proc/self/status", 1_000_000, out byte[] status) && status.Length > 100);
    }

    [Fact]
    public void A_missing_bundle_is_said()
    {
        TrustStore store = TrustStore.Load(name => name is "SSL_CERT_FILE" ? "/nowhere/at/all" : null, extraFile: null);

        Assert.Contains("/nowhere/at/all cannot be read", store.Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("exec >&-; sleep 20")] // closes its output and goes on
    [InlineData("sleep 20")]
    public void A_tool_that_does_not_end_is_ended(string script)
    {
        long begin = Stopwatch.GetTimestamp();

        ToolOutput output = Tool.Run("/bin/sh", TimeSpan.FromSeconds(0.3), TestContext.Current.CancellationToken, "-c", script);

        Assert.Contains("took longer than 0.3 s", output.Failure, StringComparison.Ordinal);
        Assert.True(Stopwatch.GetElapsedTime(begin) < TimeSpan.FromSeconds(10));
    }

    [Fact]
    public void A_tool_ends_with_the_investigation()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(0.2));
        long begin = Stopwatch.GetTimestamp();

        Assert.Throws<OperationCanceledException>(() => Tool.Run("/bin/sh", TimeSpan.FromSeconds(20), limit.Token, "-c", "sleep 20"));

        Assert.True(Stopwatch.GetElapsedTime(begin) < TimeSpan.FromSeconds(10));
    }

    [Fact]
    public void What_a_tool_says_is_kept()
    {
        ToolOutput output = Tool.Run("/bin/sh", TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken, "-c", "echo $1", "sh", "a b");

        Assert.Equal(("a b\n", null), (output.Text, output.Failure));
        Assert.Equal("/bin/sh ended with code 7", Tool.Run("/bin/sh", TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken, "-c", "exit 7").Failure);
    }

    [Fact]
    [System.Runtime.Versioning.SupportedOSPlatform("linux")]
    public void A_signal_does_not_end_the_wait_for_the_kernel()
    {
        using PosixSignalRegistration handled = PosixSignalRegistration.Create(PosixSignal.SIGCONT, _ => { });
        using NetlinkSocket socket = NetlinkSocket.Open(NetlinkProtocol.Route);
        socket.SetReceiveTimeout(TimeSpan.FromSeconds(0.5));
        int thread = 0;
        int errno = 0;
        var waiting = new Thread(() =>
        {
            Volatile.Write(ref thread, GetThreadId());
            errno = Assert.Throws<LinuxException>(() => socket.Receive(new byte[64])).Errno;
        });
        waiting.Start();
        while (Volatile.Read(ref thread) == 0)
            Thread.Yield();
        const int Continue = 18; // SIGCONT
        for (int i = 0; i < 5; i++)
        {
            Thread.Sleep(30);
            _ = SignalThread(Environment.ProcessId, thread, Continue);
        }

        waiting.Join();
        Assert.Equal((int)Errno.EAGAIN, errno);
    }

    // LibraryImport would ask for unsafe code in the tests.
    [SuppressMessage("Interoperability", "SYSLIB1054", Justification = "no unsafe code in tests")]
    [DllImport("libc", EntryPoint = "gettid")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern int GetThreadId();

    [SuppressMessage("Interoperability", "SYSLIB1054", Justification = "no unsafe code in tests")]
    [DllImport("libc", EntryPoint = "tgkill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern int SignalThread(int process, int thread, int signal);
}
