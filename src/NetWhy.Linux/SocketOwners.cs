using System.Runtime.InteropServices;
using System.Text;
using NetWhy.Linux.Bpf;
using NetWhy.Linux.Interop;

namespace NetWhy.Linux;

/// <summary>Which processes hold which sockets open.</summary>
/// <remarks>
/// A program in the kernel lists all descriptors in one go where that is allowed (<see cref="TaskFileIterator"/>); else
/// /proc is read, which shows only what this user may see.
/// </remarks>
public sealed class SocketOwners
{
    private readonly Dictionary<uint, int> _heads = [];
    private readonly List<Entry> _entries = [];
    private readonly Dictionary<string, string> _names = [];
    private int _lastPid;
    private string _lastName = "";

    private SocketOwners(string source) => Source = source;

    /// <summary>Where the answer comes from, for the reader who asks.</summary>
    public string Source { get; private init; }

    /// <summary>Processes whose descriptors may not be read; always 0 where the kernel lists them.</summary>
    public int Unreadable { get; private set; }

    /// <summary>Finds the owners of all sockets, or at least of those that are wanted.</summary>
    /// <param name="wanted">
    /// Gives the inodes that matter, if /proc must be read: it stops when it has them. Null to read all of it.
    /// </param>
    /// <param name="mayAskKernel">False to read /proc in any case.</param>
    public static SocketOwners Find(Func<HashSet<uint>>? wanted = null, bool mayAskKernel = true)
    {
        string refusal = "not asked for";
        if (mayAskKernel && !ProcessTable.IsWhole)
        {
            refusal = "it numbers processes as the first PID namespace does, and this is another one";
        }
        else if (mayAskKernel)
        {
            try
            {
                var owners = new SocketOwners("the kernel's iterator over descriptors (eBPF)");
                TaskFileIterator.Run(owners.Add);
                return owners;
            }
            catch (LinuxException why)
            {
                refusal = why.Message;
            }
        }

        var read = new SocketOwners($"/proc (the kernel's iterator cannot be used: {refusal})");
        read.ReadProcesses(wanted?.Invoke());
        return read;
    }

    /// <summary>Owners of a socket, the youngest process and the highest descriptor first.</summary>
    /// <param name="inode">The socket.</param>
    public Enumerator Of(uint inode) => new(_entries, inode != 0 && _heads.TryGetValue(inode, out int head) ? head : -1);

    /// <summary>The process of the lowest number that holds a socket, as a rule the oldest; null if none is known.</summary>
    /// <param name="inode">The socket.</param>
    public SocketOwner? OldestOf(uint inode)
    {
        SocketOwner? oldest = null;
        foreach (SocketOwner owner in Of(inode))
            oldest = owner;
        return oldest;
    }

    private void Add(ReadOnlySpan<TaskFileIterator.Record> records)
    {
        foreach (ref readonly TaskFileIterator.Record record in records)
        {
            if (record.Pid != _lastPid)
            {
                ReadOnlySpan<byte> octets = MemoryMarshal.AsBytes((ReadOnlySpan<ulong>)[record.NameStart, record.NameEnd]);
                _lastName = NameOf(octets);
                _lastPid = record.Pid;
            }

            Add((uint)record.Inode, record.Pid, (int)record.Descriptor, _lastName);
        }
    }

    private string NameOf(ReadOnlySpan<byte> octets)
    {
        int end = octets.IndexOf((byte)0);
        string name = Encoding.UTF8.GetString(end < 0 ? octets : octets[..end]);
        return _names.TryGetValue(name, out string? known) ? known : _names[name] = name;
    }

    private void Add(uint inode, int pid, int descriptor, string name)
    {
        ref int head = ref CollectionsMarshal.GetValueRefOrAddDefault(_heads, inode, out bool isKnown);
        _entries.Add(new Entry(new SocketOwner(pid, descriptor, name), isKnown ? head : -1));
        head = _entries.Count - 1;
    }

    private void ReadProcesses(HashSet<uint>? wanted)
    {
        HashSet<uint>? missing = wanted is null ? null : [.. wanted];
        HashSet<int> sessions = [];
        HashSet<int> families = [];
        foreach (int pid in ProcessTable.Pids())
        {
            if (wanted is null)
            {
                ReadProcess(pid, wanted, missing);
                continue;
            }

            // A socket may be inherited: when all have an owner, those of an owner's session, and its descendants in
            // whatever session (a service of whom listened for it), may share it.
            (int parent, int session) = ProcessTable.Lineage(pid) ?? (0, 0);
            bool isRelated = families.Contains(parent) || sessions.Contains(session);
            bool isOwner = (missing is not { Count: 0 } || isRelated) && ReadProcess(pid, wanted, missing);
            if (isOwner)
                sessions.Add(session);
            if (isOwner || families.Contains(parent))
                families.Add(pid);
        }
    }

    // Whether it holds a wanted socket.
    private unsafe bool ReadProcess(int pid, HashSet<uint>? wanted, HashSet<uint>? missing)
    {
        Span<byte> path = stackalloc byte[32];
        Encoding.ASCII.GetBytes($"/proc/{pid}/fd\0", path);
        int folder;
        fixed (byte* octets = path)
            folder = Libc.openat(Libc.AT_FDCWD, octets, Libc.O_RDONLY | Libc.O_DIRECTORY | Libc.O_CLOEXEC);
        if (folder < 0)
        {
            if (Marshal.GetLastPInvokeError() is (int)Errno.EACCES or (int)Errno.EPERM)
                Unreadable++;
            return false; // else it has ended
        }

        try
        {
            return ReadDescriptors(folder, pid, wanted, missing);
        }
        finally
        {
            _ = Libc.close(folder);
        }
    }

    private unsafe bool ReadDescriptors(int folder, int pid, HashSet<uint>? wanted, HashSet<uint>? missing)
    {
        const int NameOffset = 19; // struct linux_dirent64: inode, offset, length, type, name
        const int LengthOffset = 16;
        Span<byte> entries = stackalloc byte[8192];
        Span<byte> link = stackalloc byte[64];
        string? name = null;
        bool isOwner = false;
        while (Libc.getdents64(folder, entries, (nuint)entries.Length) is > 0 and var filled)
        {
            for (int at = 0; at + NameOffset < filled;)
            {
                Span<byte> entry = entries[at..(int)filled];
                int length = MemoryMarshal.Read<ushort>(entry[LengthOffset..]);
                if (length <= NameOffset || length > entry.Length)
                    break;
                at += length;
                Span<byte> descriptorName = entry[NameOffset..length];
                if (!System.Buffers.Text.Utf8Parser.TryParse(descriptorName, out int descriptor, out _))
                    continue; // "." and ".."
                nint linkLength;
                fixed (byte* octets = descriptorName)
                    linkLength = Libc.readlinkat(folder, octets, link, (nuint)link.Length);
                if (linkLength <= 0 || ProcessTable.SocketInode(link[..(int)linkLength]) is not { } inode || wanted?.Contains(inode) is false)
                    continue;
                Add(inode, pid, descriptor, name ??= ProcessTable.Name(pid) ?? "");
                missing?.Remove(inode);
                isOwner = true;
            }
        }

        return isOwner;
    }

    internal readonly record struct Entry(SocketOwner Owner, int Next);

    /// <summary>Walks the owners of one socket.</summary>
    public struct Enumerator
    {
        private readonly List<Entry> _entries;
        private int _next;

        internal Enumerator(List<Entry> entries, int first)
        {
            _entries = entries;
            _next = first;
            Current = default;
        }

        /// <summary>The owner just read.</summary>
        public SocketOwner Current { get; private set; }

        /// <summary>Moves to the next owner.</summary>
        public bool MoveNext()
        {
            if (_next < 0)
                return false;
            (Current, _next) = (_entries[_next].Owner, _entries[_next].Next);
            return true;
        }

        /// <summary>Itself, for <c>foreach</c>.</summary>
        public readonly Enumerator GetEnumerator() => this;
    }
}

/// <summary>A process that holds a socket open.</summary>
/// <param name="Pid">The process.</param>
/// <param name="Descriptor">Its descriptor.</param>
/// <param name="Name">Its name (<c>comm</c>).</param>
public readonly record struct SocketOwner(int Pid, int Descriptor, string Name);
