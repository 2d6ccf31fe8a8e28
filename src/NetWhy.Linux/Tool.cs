using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using NetWhy.Linux.Interop;

namespace NetWhy.Linux;

/// <summary>Runs a command-line tool that reads kernel state, within a time limit, and takes what it prints.</summary>
/// <remarks>
/// Through posix_spawn(3), not <c>System.Diagnostics.Process</c>, which costs 20 ms when first used and takes over the
/// signal of every child of the process.
/// </remarks>
public static unsafe class Tool
{
    private const int LongestOutput = 32 * 1024 * 1024; // a rule set with a hundred thousand set elements is 10 MB
    private const int Slice = 50; // milliseconds between looks at the caller's token

    private static readonly TimeSpan DeathPatience = TimeSpan.FromSeconds(0.2);
    private static readonly string[] Directories = ["/usr/sbin", "/sbin", "/usr/bin", "/bin", "/usr/local/sbin"];

    /// <summary>Finds a tool where administrators' tools lie, whatever PATH says; null if it is not installed.</summary>
    /// <param name="name">Its name, such as <c>nft</c>.</param>
    public static string? Find(string name) =>
        Directories.Select(directory => Path.Combine(directory, name)).FirstOrDefault(File.Exists);

    /// <summary>Runs a tool to its end.</summary>
    /// <param name="path">Its path, of <see cref="Find"/>.</param>
    /// <param name="limit">How long it may take; then it is killed.</param>
    /// <param name="cancellationToken">Gives up; then it is killed.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <exception cref="OperationCanceledException">It was given up.</exception>
    public static ToolOutput Run(
        string path, TimeSpan limit, CancellationToken cancellationToken, params ReadOnlySpan<string> arguments)
    {
        cancellationToken.ThrowIfCancellationRequested();
        int* ends = stackalloc int[2];
        if (Libc.pipe2(ends, Libc.O_CLOEXEC) != 0)
            return new ToolOutput("", LinuxException.FromLastError("pipe2").Message);

        (int reading, int writing) = (ends[0], ends[1]);
        try
        {
            int error = Spawn(path, arguments, writing, out int pid);
            _ = Libc.close(writing);
            writing = -1;
            if (error != 0)
                return new ToolOutput("", new LinuxException(path, error).Message);
            return Collect(path, reading, pid, limit, cancellationToken);
        }
        finally
        {
            _ = Libc.close(reading);
            if (writing >= 0)
                _ = Libc.close(writing);
        }
    }

    private static int Spawn(string path, ReadOnlySpan<string> arguments, int output, out int pid)
    {
        const int ActionsSize = 256; // posix_spawn_file_actions_t has 80 octets in glibc and in musl
        byte* actions = stackalloc byte[ActionsSize];
        int child = 0;
        int error = Libc.posix_spawn_file_actions_init(actions);
        if (error != 0)
        {
            pid = 0;
            return error;
        }

        byte** names = stackalloc byte*[arguments.Length + 2];
        byte** environment = stackalloc byte*[2];
        try
        {
            names[0] = Octets(path);
            for (int i = 0; i < arguments.Length; i++)
                names[i + 1] = Octets(arguments[i]);
            names[arguments.Length + 1] = null;
            environment[0] = Octets("LC_ALL=C"); // messages are read by a program
            environment[1] = null;

            _ = Libc.posix_spawn_file_actions_addopen(actions, 0, "/dev/null", Libc.O_RDONLY, 0);
            _ = Libc.posix_spawn_file_actions_adddup2(actions, output, 1);
            _ = Libc.posix_spawn_file_actions_addopen(actions, 2, "/dev/null", Libc.O_WRONLY, 0);
            error = Libc.posix_spawnp(&child, path, actions, null, names, environment);
        }
        finally
        {
            for (int i = 0; i <= arguments.Length; i++)
                Marshal.FreeCoTaskMem((nint)names[i]);
            Marshal.FreeCoTaskMem((nint)environment[0]);
            _ = Libc.posix_spawn_file_actions_destroy(actions);
        }

        pid = child;
        return error;
    }

    private static ToolOutput Collect(
        string path, int reading, int pid, TimeSpan limit, CancellationToken cancellationToken)
    {
        long begin = Stopwatch.GetTimestamp();
        var octets = new MemoryStream();
        string? failure = null;
        byte[] buffer = new byte[64 * 1024];
        while (failure is null)
        {
            int left = (int)Math.Ceiling((limit - Stopwatch.GetElapsedTime(begin)).TotalMilliseconds);
            var waiting = new Libc.pollfd { fd = reading, events = Libc.POLLIN };
            if (left <= 0 || cancellationToken.IsCancellationRequested)
            {
                failure = TooLong(path, limit);
            }
            else if (octets.Length > LongestOutput)
            {
                failure = $"{path} prints more than {LongestOutput >> 20} MiB";
            }
            else if (Libc.poll(&waiting, 1, Math.Min(left, Slice)) > 0)
            {
                nint count;
                fixed (byte* start = buffer)
                    count = Libc.read(reading, start, (nuint)buffer.Length);
                if (count == 0)
                    break;
                if (count > 0)
                    octets.Write(buffer, 0, (int)count);
                else if (Marshal.GetLastPInvokeError() is not (int)Errno.EINTR)
                    failure = LinuxException.FromLastError("read").Message;
            }
        }

        // A tool may close its output and go on; one that a kill does not end hangs in the kernel, and is left there.
        int status = 0;
        if (failure is null && !IsEnded(pid, &status, limit - Stopwatch.GetElapsedTime(begin), cancellationToken))
            failure = TooLong(path, limit);
        if (failure is not null)
        {
            _ = Libc.kill(pid, Libc.SIGKILL);
            _ = IsEnded(pid, &status, DeathPatience, CancellationToken.None);
        }

        cancellationToken.ThrowIfCancellationRequested();
        int exitCode = status >> 8 & 0xff;
        failure ??= (status & 0x7f) != 0 ? $"{path} died of signal {status & 0x7f}"
            : exitCode != 0 ? $"{path} ended with code {exitCode}"
            : null;
        return new ToolOutput(Encoding.UTF8.GetString(octets.GetBuffer().AsSpan(0, (int)octets.Length)), failure);
    }

    private static string TooLong(string path, TimeSpan limit) => $"{path} took longer than {limit.TotalSeconds:0.#} s";

    /// <summary>Waits for the end of a child, which is mostly there already.</summary>
    private static bool IsEnded(int pid, int* status, TimeSpan limit, CancellationToken cancellationToken)
    {
        long begin = Stopwatch.GetTimestamp();
        while (true)
        {
            int ended = Libc.waitpid(pid, status, Libc.WNOHANG);
            if (ended == pid || (ended < 0 && Marshal.GetLastPInvokeError() is not (int)Errno.EINTR))
                return true;
            if (Stopwatch.GetElapsedTime(begin) >= limit || cancellationToken.IsCancellationRequested)
                return false;
            _ = Libc.poll(null, 0, milliseconds: 1);
        }
    }

    private static byte* Octets(string text) => (byte*)Marshal.StringToCoTaskMemUTF8(text);
}

/// <summary>What a tool printed.</summary>
/// <param name="Text">Its standard output.</param>
/// <param name="Failure">Why it did not work, in words for a person; null if it did.</param>
public sealed record ToolOutput(string Text, string? Failure);
