using System.Buffers.Text;
using System.Collections.Immutable;
using System.Globalization;
using NetWhy.Linux.Interop;

namespace NetWhy.Linux;

/// <summary>Processes of this machine, as /proc has them.</summary>
/// <remarks>Source: proc(5). Descriptors of other users' processes need CAP_SYS_PTRACE.</remarks>
public static class ProcessTable
{
    private const int LongestLink = 64; // "socket:[4294967295]" and the like; longer ones are files

    /// <summary>Whether there is a process of this number.</summary>
    /// <param name="pid">Its number.</param>
    public static bool Exists(int pid) => pid > 0 && Directory.Exists(Folder(pid));

    /// <summary>Name of a process (<c>comm</c>); null if it is gone.</summary>
    /// <param name="pid">Its number.</param>
    public static string? Name(int pid) => ReadText(Folder(pid) + "/comm")?.TrimEnd('\n');


    /// <summary>Inodes of the sockets of one process; empty if it is gone or may not be looked at.</summary>
    /// <param name="pid">Its number.</param>
    public static IEnumerable<uint> SocketsOf(int pid)
    {
        foreach (string descriptor in Descriptors(pid))
        {
            if (SocketInode(descriptor) is { } inode)
                yield return inode;
        }
    }

    /// <summary>Counts the descriptors of a process; null if it is gone or may not be looked at.</summary>
    /// <param name="pid">Its number.</param>
    public static DescriptorUse? ReadDescriptors(int pid)
    {
        string? limits = ReadText(Folder(pid) + "/limits");
        string? status = ReadText(Folder(pid) + "/stat");
        if (limits is null || status is null || !CanList(pid))
            return null;

        int open = 0;
        int sockets = 0;
        foreach (string descriptor in Descriptors(pid))
        {
            open++;
            if (SocketInode(descriptor) is not null)
                sockets++;
        }

        long limit = LimitIn(limits);
        int afterName = status.LastIndexOf(')') + 2; // the name may hold anything, also parentheses
        string state = afterName < status.Length ? status.Substring(afterName, 1) : "";
        return new DescriptorUse(Name(pid) ?? "?", open, sockets, limit, state);
    }

    /// <summary>Counts the descriptors of a process without looking at each of them; null if it is gone or may not be looked at.</summary>
    /// <remarks>Since Linux 6.2 the folder's size is their number; before, they are listed. Source: proc(5), /proc/PID/fd.</remarks>
    /// <param name="pid">Its number.</param>
    public static int? CountDescriptors(int pid)
    {
        const uint SizeMask = 0x200; // STATX_SIZE
        const int SizeOffset = 40; // stx_size
        Span<byte> status = stackalloc byte[Libc.StatxSize];
        string folder = Folder(pid) + "/fd";
        if (Libc.statx(Libc.AT_FDCWD, folder, flags: 0, SizeMask, status) != 0 || !CanList(pid))
            return null;
        long size = System.Runtime.InteropServices.MemoryMarshal.Read<long>(status[SizeOffset..]);
        return size > 0 ? (int)Math.Min(size, int.MaxValue) : Descriptors(pid).Count();
    }

    /// <summary>Soft limit of open files of a process, <see cref="long.MaxValue"/> if unlimited; null if it is gone or may not be looked at.</summary>
    /// <param name="pid">Its number.</param>
    public static long? DescriptorLimit(int pid) => ReadText(Folder(pid) + "/limits") is { } limits ? LimitIn(limits) : null;

    /// <summary>Processes that have at least some descriptors open, with how many; those that may not be looked at are left out.</summary>
    /// <param name="atLeast">How many.</param>
    public static IEnumerable<(int Pid, int Open)> WithDescriptors(int atLeast)
    {
        foreach (int pid in Pids())
        {
            if (CountDescriptors(pid) is { } open && open >= atLeast)
                yield return (pid, open);
        }
    }

    /// <summary>Descriptors open on the whole machine and their limit; null if /proc does not say.</summary>
    public static (long Open, long Limit)? ReadMachineDescriptors()
    {
        string[]? words = ReadText("/proc/sys/fs/file-nr")?.Split('\t', StringSplitOptions.TrimEntries);
        return words is [var open, _, var limit]
            && long.TryParse(open, CultureInfo.InvariantCulture, out long count)
            && long.TryParse(limit, CultureInfo.InvariantCulture, out long most)
                ? (count, most)
                : null;
    }

    /// <summary>All processes, by their number; none if there is no /proc.</summary>
    public static ImmutableArray<int> Pids()
    {
        try
        {
            return [.. Directory.EnumerateDirectories("/proc")
                .Select(path => int.TryParse(path.AsSpan("/proc/".Length), NumberStyles.None, CultureInfo.InvariantCulture, out int pid) ? pid : 0)
                .Where(pid => pid > 0)
                .Order()];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return []; // no /proc: nobody can be named
        }
    }

    private static long LimitIn(string limits)
    {
        const string LimitKey = "Max open files";
        string? line = limits.Split('\n').FirstOrDefault(line => line.StartsWith(LimitKey, StringComparison.Ordinal));
        string soft = line?[LimitKey.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault() ?? "";
        return long.TryParse(soft, CultureInfo.InvariantCulture, out long value) ? value : long.MaxValue; // "unlimited"
    }

    private static bool CanList(int pid)
    {
        try
        {
            using IEnumerator<string> first = Directory.EnumerateFileSystemEntries(Folder(pid) + "/fd").GetEnumerator();
            _ = first.MoveNext();
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static IEnumerable<string> Descriptors(int pid)
    {
        IEnumerator<string> entries;
        try
        {
            entries = Directory.EnumerateFileSystemEntries(Folder(pid) + "/fd").GetEnumerator();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            yield break; // gone, or not ours
        }

        using (entries)
        {
            while (MoveNext(entries))
                yield return entries.Current;
        }

        static bool MoveNext(IEnumerator<string> entries)
        {
            try
            {
                return entries.MoveNext();
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                return false; // it ended while we looked
            }
        }
    }

    private static uint? SocketInode(string descriptor)
    {
        Span<byte> target = stackalloc byte[LongestLink];
        nint length = Libc.readlink(descriptor, target, LongestLink);
        return SocketInode(target[..(int)Math.Max(0, length)]);
    }

    /// <summary>Inode of the socket that a link in /proc/PID/fd names; null if it names something else.</summary>
    /// <param name="link">What the link holds.</param>
    internal static uint? SocketInode(ReadOnlySpan<byte> link) =>
        link.StartsWith("socket:["u8)
            && Utf8Parser.TryParse(link["socket:[".Length..], out uint inode, out _) ? inode : null;

    /// <summary>Whether processes have the same numbers here as in the first PID namespace.</summary>
    /// <remarks>Source: <c>PROC_PID_INIT_INO</c> in linux/proc_ns.h.</remarks>
    public static bool IsWhole => new FileInfo("/proc/self/ns/pid").LinkTarget is null or "pid:[4026531836]";

    /// <summary>Name of the first process that has one of some names; null if none has, of those that can be seen.</summary>
    /// <param name="names">The names, as the kernel cuts them off after 15 characters.</param>
    public static string? FirstNamed(IReadOnlySet<string> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        foreach (int pid in Pids())
        {
            if (Name(pid) is { } name && names.Contains(name))
                return name;
        }

        return null;
    }

    /// <summary>State letter of a process, such as <c>S</c> (sleeps), <c>T</c> (stopped); null if it is gone.</summary>
    /// <remarks>Source: proc_pid_stat(5), field 3.</remarks>
    /// <param name="pid">Its number.</param>
    public static string? StateOf(int pid)
    {
        string? status = ReadText(Folder(pid) + "/stat");
        return status?[(status.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault();
    }

    /// <summary>Threads of a process, of the first 64, that wait in a function of the kernel, with how often each has given up its processor to wait.</summary>
    /// <remarks>Needs the right to trace the process. Source: proc_pid_wchan(5); proc_pid_status(5), voluntary_ctxt_switches.</remarks>
    /// <param name="pid">Its number.</param>
    /// <param name="function">Name of the function.</param>
    public static IEnumerable<(int Thread, long Switches)> ThreadsIn(int pid, string function)
    {
        const int MostThreads = 64;
        string[] folders;
        try
        {
            folders = [.. Directory.EnumerateDirectories(Folder(pid) + "/task").Take(MostThreads)];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            yield break; // gone, or not ours
        }

        foreach (string folder in folders)
        {
            if (ReadText(folder + "/wchan") == function
                && int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out int thread)
                && NumberAfter(ReadText(folder + "/status") ?? "", "\nvoluntary_ctxt_switches:") is { } switches)
            {
                yield return (thread, switches);
            }
        }
    }

    private static long? NumberAfter(string text, string key)
    {
        int at = text.IndexOf(key, StringComparison.Ordinal);
        return at >= 0 && long.TryParse(text.AsSpan(at + key.Length).TrimStart().ToString().Split('\n')[0], CultureInfo.InvariantCulture, out long number) ? number : null;
    }

    /// <summary>Processor time that a process has used, of all its threads, in user and in kernel mode; null if it is gone.</summary>
    /// <remarks>Source: proc_pid_stat(5), fields 14 and 15, in ticks of USER_HZ, which is 100 on x86-64 and arm64.</remarks>
    /// <param name="pid">Its number.</param>
    public static TimeSpan? ProcessorTimeOf(int pid)
    {
        const double TicksPerSecond = 100;
        string? status = ReadText(Folder(pid) + "/stat");
        string[]? fields = status?[(status.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return fields is { Length: > 12 } // from field 3 on
            && ulong.TryParse(fields[11], CultureInfo.InvariantCulture, out ulong user)
            && ulong.TryParse(fields[12], CultureInfo.InvariantCulture, out ulong kernel)
                ? TimeSpan.FromSeconds(Math.Min((user + kernel) / TicksPerSecond, int.MaxValue))
                : null;
    }

    /// <summary>Parent and session of a process; null if it is gone.</summary>
    /// <param name="pid">Its number.</param>
    internal static (int Parent, int Session)? Lineage(int pid)
    {
        string? status = ReadText(Folder(pid) + "/stat");
        string[]? fields = status?[(status.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return fields is [_, var parent, _, var session, ..] // after the name: state, parent, group, session
            && int.TryParse(parent, CultureInfo.InvariantCulture, out int parentNumber)
            && int.TryParse(session, CultureInfo.InvariantCulture, out int sessionNumber)
                ? (parentNumber, sessionNumber)
                : null;
    }

    private static string? ReadText(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static string Folder(int pid) => string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}");
}

/// <summary>Descriptors of one process.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Open">Descriptors open.</param>
/// <param name="Sockets">Those of them that are sockets.</param>
/// <param name="Limit">Soft limit of open files; <see cref="long.MaxValue"/> if unlimited.</param>
/// <param name="State">State letter, such as <c>S</c>, <c>T</c>, <c>D</c>.</param>
public sealed record DescriptorUse(string Name, int Open, int Sockets, long Limit, string State);
