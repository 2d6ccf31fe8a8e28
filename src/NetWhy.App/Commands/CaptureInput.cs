using NetWhy.Capture.Files;
using NetWhy.Linux;

namespace NetWhy.App.Commands;

/// <summary>A capture that is read from its beginning, and perhaps once more: of what comes through a pipe, a bounded part is kept for that.</summary>
/// <param name="path">Its path; <c>-</c> for standard input.</param>
internal sealed class CaptureInput(string path)
{
    private KeptStream? _kept;

    /// <summary>Its path.</summary>
    internal string Path => path;

    /// <summary>Whether it can be opened, for the first time or again.</summary>
    internal bool CanOpen => _kept is null or { IsWhole: true };

    /// <summary>Opens it.</summary>
    /// <exception cref="CommandException">It is no capture, or cannot be read.</exception>
    internal CaptureReader Open() => CaptureFile.Open(path, open =>
    {
        if (_kept is not null)
            return _kept.Again();
        Stream file = open();
        if (path is not "-" && file.CanSeek)
            return file;
        _kept = new KeptStream(file);
        return _kept;
    });

    private sealed class KeptStream(Stream stream) : ReadOnlyStream
    {
        private const int Most = 64 << 20;

        private MemoryStream? _octets = new();

        // What is behind a broken packet is not read the first time, nor will it be again.
        internal bool IsWhole => _octets is not null;

        internal MemoryStream Again() => new(_octets!.GetBuffer(), 0, (int)_octets.Length, writable: false);

        public override int Read(Span<byte> buffer)
        {
            int count = stream.Read(buffer);
            if (_octets?.Length + count > Most)
                _octets = null;
            _octets?.Write(buffer[..count]);
            return count;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                stream.Dispose();
            base.Dispose(disposing);
        }
    }
}
