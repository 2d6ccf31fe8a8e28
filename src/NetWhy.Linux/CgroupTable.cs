using System.Runtime.InteropServices;
using NetWhy.Linux.Interop;

namespace NetWhy.Linux;

/// <summary>Paths of control groups (version 2) by the number that the kernel gives to a socket.</summary>
/// <remarks>Source: cgroups(7); the number is the inode of the group's folder.</remarks>
public sealed class CgroupTable
{
    private const int MostGroups = 200_000;
    private const uint InodeMask = 0x100; // STATX_INO
    private const int InodeOffset = 32; // stx_ino

    private readonly Dictionary<ulong, string> _paths = [];

    private CgroupTable(string? mount) => Mount = mount;

    /// <summary>Where the hierarchy is mounted; null if it is not.</summary>
    public string? Mount { get; }

    /// <summary>Walks the hierarchy.</summary>
    public static CgroupTable Read()
    {
        var table = new CgroupTable(FindMount());
        if (table.Mount is not { } mount)
            return table;

        table.Add(mount, "/");
        try
        {
            var options = new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true, AttributesToSkip = FileAttributes.ReparsePoint };
            foreach (string folder in Directory.EnumerateDirectories(mount, "*", options).Take(MostGroups))
                table.Add(folder, folder[mount.Length..]);
        }
        catch (IOException)
        {
            // A group that goes away while it is looked at takes its line with it.
        }

        return table;
    }

    /// <summary>Path of a group below the mount; null if it is not known here.</summary>
    /// <param name="id">Its number.</param>
    public string? PathOf(ulong id) => _paths.GetValueOrDefault(id);

    /// <summary>Number of the group at a path; null if there is none.</summary>
    /// <param name="path">The path, below the mount or of the file system.</param>
    public ulong? NumberOf(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (Mount is not { } mount)
            return null;

        // Any other file system has inodes too, and the first of each is the root's.
        string whole = Path.GetFullPath(path);
        if (!IsBelow(whole, mount))
            whole = Path.GetFullPath(Path.Join(mount, path));
        return IsBelow(whole, mount) ? Inode(whole) : null;
    }

    private static bool IsBelow(string path, string mount) =>
        path == mount || path.StartsWith(mount + "/", StringComparison.Ordinal);

    private void Add(string folder, string path)
    {
        if (Inode(folder) is { } inode)
            _paths[inode] = path;
    }

    private static ulong? Inode(string path)
    {
        Span<byte> status = stackalloc byte[Libc.StatxSize];
        return Libc.statx(Libc.AT_FDCWD, path, flags: 0, InodeMask, status) == 0
            ? MemoryMarshal.Read<ulong>(status[InodeOffset..])
            : null;
    }

    private static string? FindMount()
    {
        try
        {
            // Source: proc(5), /proc/PID/mountinfo: the fifth field is the mount point, the type follows " - ".
            foreach (string line in File.ReadLines("/proc/self/mountinfo"))
            {
                if (line.Contains(" - cgroup2 ", StringComparison.Ordinal) && line.Split(' ') is [_, _, _, _, var point, ..])
                    return point.TrimEnd('/');
            }
        }
        catch (Exception unseen) when (unseen is IOException or UnauthorizedAccessException)
        {
            // no /proc: no group has a name
        }

        return null;
    }
}
