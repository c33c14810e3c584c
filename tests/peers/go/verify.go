// Command verify checks a published log with Go's own transparency library instead of ours.
//
//	verify DIR LOGKEY WITNESSKEY OLDNOTE INDEX...
//
// It opens the newest checkpoint in DIR and the older one in OLDNOTE with both keys, reads the tiles, and proves and
// checks that the newer tree continues the older one and contains the entries at the given places.
package main

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const hashSize = 32

func main() {
	if len(os.Args) < 5 {
		fail("usage: verify DIR LOGKEY WITNESSKEY OLDNOTE INDEX...")
	}
	log := folder(os.Args[1])
	keys := note.VerifierList(must(note.NewVerifier(os.Args[2])), witness(os.Args[3]))
	newer := checkpoint(must(os.ReadFile(filepath.Join(os.Args[1], "checkpoint"))), keys)
	older := checkpoint(must(os.ReadFile(os.Args[4])), keys)
	if newer.origin != older.origin {
		fail("the checkpoints are of two logs")
	}
	hashes := tlog.TileHashReader(newer.Tree, log)
	steps := must(tlog.ProveTree(newer.N, older.N, hashes))
	// What the reader gave is not proven: a proof from it counts only after it was checked against the signed roots.
	check(tlog.CheckTree(steps, newer.N, newer.Hash, older.N, older.Hash))
	fmt.Printf("%s: %d continues %d\n", newer.origin, newer.N, older.N)
	for _, text := range os.Args[5:] {
		index := must(strconv.ParseInt(text, 10, 64))
		path := must(tlog.ProveRecord(newer.N, index, hashes))
		entry := log.entry(index, newer.N)
		check(tlog.CheckRecord(path, newer.N, newer.Hash, index, tlog.RecordHash(entry)))
		fmt.Printf("%d is in: %d bytes, %d hashes\n", index, len(entry), len(path))
	}
}

type signedTree struct {
	tlog.Tree
	origin string
}

// checkpoint opens a note that both keys must have signed, and reads origin, size and root.
func checkpoint(data []byte, keys note.Verifiers) signedTree {
	opened := must(note.Open(data, keys))
	if len(opened.Sigs) != 2 {
		fail("not signed by both the log and the witness")
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[3] != "" || lines[0] != opened.Sigs[0].Name {
		fail("not a checkpoint under the log's own name")
	}
	size := must(strconv.ParseInt(lines[1], 10, 64))
	root := must(base64.StdEncoding.Strict().DecodeString(lines[2]))
	if strconv.FormatInt(size, 10) != lines[1] || size < 0 || len(root) != hashSize {
		fail("size or root is out of form")
	}
	return signedTree{tlog.Tree{N: size, Hash: tlog.Hash(*(*[hashSize]byte)(root))}, lines[0]}
}

// folder reads tiles of height 8 from the files of a log.
type folder string

func (dir folder) Height() int { return 8 }

func (dir folder) SaveTiles([]tlog.Tile, [][]byte) {}

func (dir folder) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var found [][]byte
	for _, tile := range tiles {
		data, err := dir.read(strings.TrimPrefix(tile.Path(), "tile/8/"), tile.W*hashSize)
		if err != nil {
			return nil, err
		}
		found = append(found, data)
	}
	return found, nil
}

// read gives the first bytes of a tile; a partial one that is gone is cut from the full one.
func (dir folder) read(path string, length int) ([]byte, error) {
	data, err := os.ReadFile(filepath.Join(string(dir), "tile", path))
	if full, _, partial := strings.Cut(path, ".p/"); err != nil && partial {
		data, err = os.ReadFile(filepath.Join(string(dir), "tile", full))
	}
	if err == nil && len(data) < length {
		err = fmt.Errorf("%s is too short", path)
	}
	if err != nil {
		return nil, err
	}
	return data[:length], nil
}

// entry walks the bundle that holds the entry at this place.
func (dir folder) entry(index, size int64) []byte {
	first := index / 256 * 256
	tile := tlog.Tile{H: 8, L: 0, N: index / 256, W: 256}
	if size-first < 256 {
		tile.W = int(size - first)
	}
	path := "entries/" + strings.TrimPrefix(tile.Path(), "tile/8/0/")
	data := must(os.ReadFile(filepath.Join(string(dir), "tile", path)))
	for ; first < index; first++ {
		data = data[2+binary.BigEndian.Uint16(data):]
	}
	return data[2 : 2+binary.BigEndian.Uint16(data)]
}

// cosigner verifies signatures of type 4, which Go's library has not.
type cosigner struct {
	note.Verifier
	key ed25519.PublicKey
}

func (w cosigner) Verify(text, signature []byte) bool {
	if len(signature) != 8+ed25519.SignatureSize {
		return false
	}
	head := fmt.Sprintf("cosignature/v1\ntime %d\n", binary.BigEndian.Uint64(signature))
	return ed25519.Verify(w.key, append([]byte(head), text...), signature[8:])
}

type named struct {
	name string
	id   uint32
}

func (n named) Name() string               { return n.name }
func (n named) KeyHash() uint32            { return n.id }
func (n named) Verify(text, s []byte) bool { return false }

func witness(text string) note.Verifier {
	parts := strings.SplitN(text, "+", 3)
	id := must(strconv.ParseUint(parts[1], 16, 32))
	key := must(base64.StdEncoding.DecodeString(parts[2]))
	if len(key) != 1+ed25519.PublicKeySize || key[0] != 4 {
		fail("not the key of a witness")
	}
	return cosigner{named{parts[0], uint32(id)}, key[1:]}
}

func must[T any](value T, err error) T {
	check(err)
	return value
}

func check(err error) {
	if err != nil {
		fail(err.Error())
	}
}

func fail(reason string) {
	fmt.Fprintln(os.Stderr, "refused: "+reason)
	os.Exit(1)
}
